# A shim: CMakeLists.txt is the one list of sources. `node-gyp rebuild` runs cmake-js, which leaves the
# addon in build/Release. The output named here never appears, so CMake alone decides what is out of date.
{
  'targets': [
    {
      'target_name': 'robust_features',
      'type': 'none',
      'actions': [
        {
          'action_name': 'cmake_js',
          'inputs': ['CMakeLists.txt'],
          'outputs': ['<(INTERMEDIATE_DIR)/always'],
          'action': ['node', '<(module_root_dir)/scripts/build-addon.mjs'],
        },
      ],
    },
  ],
}
