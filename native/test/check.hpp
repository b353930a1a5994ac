#pragma once

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

// A test harness of one page: nothing to install, and sanitizers see no foreign code. A failed
// check is reported with its place and the case goes on; an exception ends its case.
namespace robust_features::test {

struct Case {
  const char* name;
  void (*body)();
};

std::vector<Case>& cases();
void report_failure(const char* file, int line, const std::string& what);

struct Registration {
  Registration(const char* name, void (*body)()) { cases().push_back({name, body}); }
};

template <class A, class B>
std::string described(const char* expression, const A& a, const B& b) {
  std::ostringstream text;
  text.precision(17);
  text << expression << ": " << a << " and " << b;
  return text.str();
}

}  // namespace robust_features::test

#define TEST_CASE(name)                                                                 \
  static void name();                                                                   \
  static const robust_features::test::Registration registration_of_##name(#name, name); \
  static void name()

#define CHECK(condition)                                                                     \
  do {                                                                                       \
    if (!(condition)) robust_features::test::report_failure(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_EQUAL(a, b)                                                                     \
  do {                                                                                        \
    const auto& left_ = (a);                                                                  \
    const auto& right_ = (b);                                                                 \
    if (!(left_ == right_)) {                                                                 \
      robust_features::test::report_failure(                                                  \
          __FILE__, __LINE__, robust_features::test::described(#a " == " #b, left_, right_)); \
    }                                                                                         \
  } while (false)

// |a − b| ≤ tolerance, or both NaN.
#define CHECK_NEAR(a, b, tolerance)                                                             \
  do {                                                                                          \
    const double left_ = static_cast<double>(a);                                                \
    const double right_ = static_cast<double>(b);                                               \
    if (!(std::abs(left_ - right_) <= (tolerance)) &&                                           \
        !(std::isnan(left_) && std::isnan(right_))) {                                           \
      robust_features::test::report_failure(                                                    \
          __FILE__, __LINE__, robust_features::test::described(#a " near " #b, left_, right_)); \
    }                                                                                           \
  } while (false)

#define CHECK_THROWS(exception, expression)                                     \
  do {                                                                          \
    bool thrown_ = false;                                                       \
    try {                                                                       \
      static_cast<void>(expression);                                            \
    } catch (const exception&) {                                                \
      thrown_ = true;                                                           \
    }                                                                           \
    if (!thrown_)                                                               \
      robust_features::test::report_failure(__FILE__, __LINE__,                 \
                                            #expression " throws " #exception); \
  } while (false)
