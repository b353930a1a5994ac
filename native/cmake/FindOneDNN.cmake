# Finds a oneDNN that runs every primitive on the thread that calls it, sequential or held there
# through OpenMP, and defines OneDNN::sequential.
#
#   ROBUST_FEATURES_ONEDNN_ROOT  prefix to look in before the system (variable or environment)

set(ROBUST_FEATURES_ONEDNN_ROOT "$ENV{ROBUST_FEATURES_ONEDNN_ROOT}" CACHE PATH
  "Prefix of a oneDNN (include/dnnl.hpp, lib/libdnnl.*)")
find_path(OneDNN_INCLUDE_DIR NAMES dnnl.hpp
  HINTS "${ROBUST_FEATURES_ONEDNN_ROOT}/include" /opt/homebrew/opt/onednn/include /usr/local/opt/onednn/include)
find_library(OneDNN_LIBRARY NAMES dnnl
  HINTS "${ROBUST_FEATURES_ONEDNN_ROOT}/lib" "${ROBUST_FEATURES_ONEDNN_ROOT}/lib64" /opt/homebrew/opt/onednn/lib
    /usr/local/opt/onednn/lib)
mark_as_advanced(OneDNN_INCLUDE_DIR OneDNN_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OneDNN REQUIRED_VARS OneDNN_LIBRARY OneDNN_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libdnnl-dev (Debian, Ubuntu), onednn-devel (Fedora) or onednn (Homebrew)")

if(OneDNN_FOUND AND NOT TARGET OneDNN::sequential)
  file(STRINGS "${OneDNN_INCLUDE_DIR}/oneapi/dnnl/dnnl_config.h" _runtime
    REGEX "^#define DNNL_CPU_THREADING_RUNTIME ")
  add_library(OneDNN::sequential UNKNOWN IMPORTED)
  set_target_properties(OneDNN::sequential PROPERTIES
    IMPORTED_LOCATION "${OneDNN_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OneDNN_INCLUDE_DIR}")
  if(OneDNN_LIBRARY MATCHES "\\.a$")
    find_package(Threads REQUIRED)
    set_property(TARGET OneDNN::sequential PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads ${CMAKE_DL_LIBS})
  endif()
  if(_runtime MATCHES "DNNL_RUNTIME_OMP")
    find_package(OpenMP REQUIRED COMPONENTS CXX)
    set_property(TARGET OneDNN::sequential APPEND PROPERTY INTERFACE_LINK_LIBRARIES OpenMP::OpenMP_CXX)
  elseif(NOT _runtime MATCHES "DNNL_RUNTIME_SEQ")
    message(FATAL_ERROR "Expected a oneDNN built sequential or with OpenMP, got ${_runtime} in ${OneDNN_LIBRARY}.")
  endif()
endif()
