// Imported before the library, which reads the environment as it is loaded: ONNX Runtime writes a device id and usage records
// to the user's folder unless it is told not to.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
