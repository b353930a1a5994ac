# What prebuilds are linked with: the C++ library inside, nothing visible but what Node looks for, no
# code that nobody calls. OpenBLAS's assembler does not say that it needs no executable stack.
function(make_self_contained target)
  set(entry_points napi_register_module_v1 node_api_module_get_api_version_v1)
  if(APPLE)
    # The C++ library is part of the system there.
    list(TRANSFORM entry_points PREPEND "-Wl,-exported_symbol,_")
    target_link_options(${target} PRIVATE ${entry_points} -Wl,-dead_strip -Wl,-x)
    return()
  endif()
  list(JOIN entry_points "; " names)
  set(version_script "${CMAKE_CURRENT_BINARY_DIR}/entry-points.map")
  file(WRITE "${version_script}" "{ global: ${names}; local: *; };\n")
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL
    "-Wl,--version-script=${version_script}" -Wl,--gc-sections -Wl,--as-needed -Wl,-z,noexecstack)
endfunction()
