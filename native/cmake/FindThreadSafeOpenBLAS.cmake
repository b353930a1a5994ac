# Finds an OpenBLAS that several threads may call at once and defines OpenBLAS::thread_safe.
#
# The serial build of Debian and Ubuntu gives wrong numbers when two threads call it, and it has the
# same file name and soname as the pthread build. So the library is taken by absolute path from the
# pthread build's own folder, asked how it was built (openblas_get_parallel), and given an rpath:
# otherwise update-alternatives could still put the serial build in its place at run time. A serial
# build with USE_LOCKING=1 is safe and says so of itself.
#
#   ROBUST_FEATURES_OPENBLAS_ROOT  prefix to look in instead of the system (variable or environment)

set(ROBUST_FEATURES_OPENBLAS_ROOT "$ENV{ROBUST_FEATURES_OPENBLAS_ROOT}" CACHE PATH
  "Prefix of a thread-safe OpenBLAS (include/cblas.h, lib/libopenblas.*)")

function(_thread_safe_openblas_search)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "NAMES;LIBRARIES;HEADERS")
  if(ThreadSafeOpenBLAS_LIBRARY AND ThreadSafeOpenBLAS_INCLUDE_DIR)
    return()
  endif()
  unset(ThreadSafeOpenBLAS_LIBRARY CACHE)
  unset(ThreadSafeOpenBLAS_INCLUDE_DIR CACHE)
  find_library(ThreadSafeOpenBLAS_LIBRARY NAMES ${arg_NAMES} PATHS ${arg_LIBRARIES} NO_DEFAULT_PATH)
  find_path(ThreadSafeOpenBLAS_INCLUDE_DIR NAMES cblas.h PATHS ${arg_HEADERS} NO_DEFAULT_PATH)
  mark_as_advanced(ThreadSafeOpenBLAS_LIBRARY ThreadSafeOpenBLAS_INCLUDE_DIR)
endfunction()

if(ROBUST_FEATURES_OPENBLAS_ROOT)
  set(_root "${ROBUST_FEATURES_OPENBLAS_ROOT}")
  _thread_safe_openblas_search(NAMES openblas openblasp
    LIBRARIES "${_root}/lib" "${_root}/lib64"
    HEADERS "${_root}/include" "${_root}/include/openblas")
elseif(APPLE)
  # Homebrew keeps openblas out of its common folders because macOS has a BLAS of its own.
  _thread_safe_openblas_search(NAMES openblas
    LIBRARIES /opt/homebrew/opt/openblas/lib /usr/local/opt/openblas/lib
    HEADERS /opt/homebrew/opt/openblas/include /usr/local/opt/openblas/include)
else()
  if(CMAKE_LIBRARY_ARCHITECTURE)
    _thread_safe_openblas_search(NAMES openblas
      LIBRARIES "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread"
      HEADERS "/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread")
  endif()
  # Fedora and its relatives: the letter p marks the pthread build.
  _thread_safe_openblas_search(NAMES openblasp LIBRARIES /usr/lib64 /usr/lib HEADERS /usr/include/openblas)
  # Alpine, Arch and others ship one build.
  _thread_safe_openblas_search(NAMES openblas
    LIBRARIES /usr/lib64 /usr/lib /usr/local/lib
    HEADERS /usr/include /usr/include/openblas /usr/local/include /usr/local/include/openblas)
endif()

set(_refused "")
if(ThreadSafeOpenBLAS_LIBRARY)
  get_filename_component(_real_path "${ThreadSafeOpenBLAS_LIBRARY}" REALPATH)
  if(_real_path MATCHES "/openblas-(serial|openmp)/")
    set(_refused "${_real_path} is the ${CMAKE_MATCH_1} build")
  elseif(NOT CMAKE_CROSSCOMPILING)
    if(NOT ThreadSafeOpenBLAS_CHECKED STREQUAL _real_path)
      set(_probe "${CMAKE_CURRENT_BINARY_DIR}/thread_safe_openblas_probe.c")
      file(WRITE "${_probe}" [[
#include <string.h>
int openblas_get_parallel(void);
char* openblas_get_config(void);
int main(void) { return openblas_get_parallel() == 0 && strstr(openblas_get_config(), "USE_LOCKING") == 0; }
]])
      set(_probe_link_options "")
      if(NOT APPLE)
        get_filename_component(_directory "${ThreadSafeOpenBLAS_LIBRARY}" DIRECTORY)
        set(_probe_link_options LINK_OPTIONS "-Wl,-rpath,${_directory}")
      endif()
      find_package(Threads REQUIRED)
      try_run(_serial _compiled "${CMAKE_CURRENT_BINARY_DIR}" "${_probe}" ${_probe_link_options}
        LINK_LIBRARIES "${ThreadSafeOpenBLAS_LIBRARY}" Threads::Threads m COMPILE_OUTPUT_VARIABLE _output)
      if(NOT _compiled)
        set(_refused "a program does not link to ${ThreadSafeOpenBLAS_LIBRARY}:\n${_output}")
      elseif(_serial)
        set(_refused "${ThreadSafeOpenBLAS_LIBRARY} is a serial build without locks")
      else()
        set(ThreadSafeOpenBLAS_CHECKED "${_real_path}" CACHE INTERNAL "OpenBLAS that was run and reported threads or locks")
      endif()
      unset(_serial CACHE)
      unset(_compiled CACHE)
    endif()
  endif()
endif()

if(_refused)
  unset(ThreadSafeOpenBLAS_LIBRARY CACHE)
  unset(ThreadSafeOpenBLAS_INCLUDE_DIR CACHE)
endif()
if(NOT ThreadSafeOpenBLAS_LIBRARY OR NOT ThreadSafeOpenBLAS_INCLUDE_DIR)
  set(ThreadSafeOpenBLAS_FOUND FALSE)
  if(ThreadSafeOpenBLAS_FIND_REQUIRED)
    if(_refused)
      set(_refused " (${_refused})")
    endif()
    message(FATAL_ERROR "Expected a thread-safe OpenBLAS, found none${_refused}. Install it with one of\n"
      "  apt-get install libopenblas-pthread-dev    (Debian, Ubuntu)\n"
      "  dnf install openblas-devel                 (Fedora)\n"
      "  apk add openblas-dev                       (Alpine)\n"
      "  brew install openblas                      (macOS)\n"
      "or set ROBUST_FEATURES_OPENBLAS_ROOT to the prefix of your own build.")
  endif()
  return()
endif()

set(ThreadSafeOpenBLAS_FOUND TRUE)
if(NOT ThreadSafeOpenBLAS_FIND_QUIETLY)
  message(STATUS "Thread-safe OpenBLAS: ${ThreadSafeOpenBLAS_LIBRARY}")
endif()
if(NOT TARGET OpenBLAS::thread_safe)
  add_library(OpenBLAS::thread_safe UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::thread_safe PROPERTIES
    IMPORTED_LOCATION "${ThreadSafeOpenBLAS_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${ThreadSafeOpenBLAS_INCLUDE_DIR}")
  if(NOT APPLE AND NOT ThreadSafeOpenBLAS_LIBRARY MATCHES "\\.a$")
    get_filename_component(_directory "${ThreadSafeOpenBLAS_LIBRARY}" DIRECTORY)
    set_target_properties(OpenBLAS::thread_safe PROPERTIES INTERFACE_LINK_OPTIONS "LINKER:-rpath,${_directory}")
  endif()
endif()
