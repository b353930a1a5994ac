#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace robust_features {

// How many more bytes of AlignedBuffer this thread has allocated than freed since the meter was
// made.
class AlignedBytesMeter {
 public:
  std::int64_t bytes() const { return balance_ - start_; }

 private:
  template <class T>
  friend class AlignedBuffer;

  static inline thread_local std::int64_t balance_ = 0;
  std::int64_t start_ = balance_;
};

// Fixed-size zeroed array on a cache-line boundary, so that vector loads and BLAS see the same
// alignment wherever the memory comes from.
template <class T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : size_(size), data_(allocate(size)) {
    std::fill_n(data_.get(), size, T{});
  }

  void clear() { std::fill_n(data_.get(), size_, T{}); }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;

  struct Free {
    std::align_val_t alignment{kCacheLine};
    std::int64_t bytes = 0;
    void operator()(T* data) const {
      ::operator delete[](data, alignment);
      AlignedBytesMeter::balance_ -= bytes;
    }
  };
  using Pointer = std::unique_ptr<T[], Free>;

  static Pointer allocate(std::size_t size) {
    if (size > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    const std::size_t bytes = size * sizeof(T);
    // Data sets stream through the caches; on small pages that stops at every 4 KiB.
    const bool huge = bytes >= 4 * kHugePage;
    const std::align_val_t alignment{huge ? kHugePage : kCacheLine};
    const auto counted = static_cast<std::int64_t>(bytes);
    Pointer data(static_cast<T*>(::operator new[](bytes, alignment)), Free{alignment, counted});
    AlignedBytesMeter::balance_ += counted;
#if defined(__linux__)
    if (huge) madvise(data.get(), bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // or as it was
#endif
    return data;
  }

  std::size_t size_ = 0;
  Pointer data_;
};

}  // namespace robust_features
