/** GPU accelerators of the ONNX Runtime backend. */
export const GPU_ACCELERATORS: readonly string[] = ['tensorrt', 'cuda'];

/** Precisions of TensorRT that the backend takes; FP32 is the default. */
export const PRECISIONS: readonly string[] = ['FP32', 'FP16', 'BF16', 'INT8'];

/** The shapes of one optimisation profile. */
export const PROFILE_KEYS = [
  'trt_profile_min_shapes',
  'trt_profile_opt_shapes',
  'trt_profile_max_shapes',
] as const;

/** Keys of the TensorRT accelerator. */
export const TENSORRT_KEYS: readonly string[] = [
  'precision_mode',
  'max_workspace_size_bytes',
  'int8_calibration_table_name',
  'int8_use_native_calibration_table',
  'trt_max_partition_iterations',
  'trt_min_subgraph_size',
  'trt_dla_enable',
  'trt_dla_core',
  'trt_engine_cache_enable',
  'trt_engine_cache_path',
  'trt_engine_cache_prefix',
  'trt_dump_subgraphs',
  'trt_force_sequential_engine_build',
  'trt_context_memory_sharing_enable',
  'trt_layer_norm_fp32_fallback',
  'trt_timing_cache_enable',
  'trt_timing_cache_path',
  'trt_force_timing_cache',
  'trt_detailed_build_log',
  'trt_build_heuristics_enable',
  'trt_sparsity_enable',
  'trt_builder_optimization_level',
  'trt_auxiliary_streams',
  'trt_tactic_sources',
  'trt_extra_plugin_lib_paths',
  ...PROFILE_KEYS,
  'trt_cuda_graph_enable',
  'trt_dump_ep_context_model',
  'trt_ep_context_file_path',
  'trt_ep_context_embed_mode',
];

/** Keys of `parameters` that the ONNX Runtime backend reads. */
export const ONNX_RUNTIME_KEYS: readonly string[] = [
  'intra_op_thread_count',
  'inter_op_thread_count',
  'execution_mode',
  'enable_mem_arena',
  'enable_mem_pattern',
  'memory.enable_memory_arena_shrinkage',
  'session.use_device_allocator_for_initializers',
  'share_session_between_instances',
  'cudnn_conv_algo_search',
  'gpu_mem_limit',
  'arena_extend_strategy',
  'do_copy_in_default_stream',
];
