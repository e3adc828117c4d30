// Import this module before ONNX Runtime, which reads the environment when it is loaded. By default ONNX Runtime writes a
// device id and usage records to the user's folder.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
