/** x FP32 [N, 3] to label INT64 [N]: ArgMax. */
export const LABELS_ONNX = Buffer.from(
  'CAg6WwowCgF4EgVsYWJlbCIGQXJnTWF4KgsKBGF4aXMYAaABAioPCghrZWVwZGltcxgAoAECEgFnWhEKAXgSDAoKCAESBgoACgIIA2IRCgVsYWJlbBIICgYIBxICCgBCBAoAEA1CDgoKYWkub25ueC5tbBAB',
  'base64',
);

/** The same, and probabilities, a sequence of maps: ZipMap of ai.onnx.ml. */
export const ZIPMAP_ONNX = Buffer.from(
  'CAg6wwEKMAoBeBIFbGFiZWwiBkFyZ01heCoLCgRheGlzGAGgAQIqDwoIa2VlcGRpbXMYAKABAgpFCgF4Eg1wcm9iYWJpbGl0aWVzIgZaaXBNYXAqHQoSY2xhc3NsYWJlbHNfaW50NjRzQABAAUACoAEHOgphaS5vbm54Lm1sEgFnWhEKAXgSDAoKCAESBgoACgIIA2IRCgVsYWJlbBIICgYIBxICCgBiHwoNcHJvYmFiaWxpdGllcxIOIgwKCioICAcSBAoCCAFCBAoAEA1CDgoKYWkub25ueC5tbBAB',
  'base64',
);

/** x FP32 [N, 3] to y: Add of weights in a file weights.bin beside the model. */
export const EXTERNAL_ONNX = Buffer.from(
  'CAg6XQoOCgF4CgF3EgF5IgNBZGQSAWcqIggDEAFCAXdqFwoIbG9jYXRpb24SC3dlaWdodHMuYmlucAFaEQoBeBIMCgoIARIGCgAKAggDYhEKAXkSDAoKCAESBgoACgIIA0IECgAQDQ==',
  'base64',
);
