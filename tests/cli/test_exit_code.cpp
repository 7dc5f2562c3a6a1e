#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace tapalcatl::cli {
namespace {

TEST(ExitCodes, follow_from_the_kind_of_failure) {
    for (const auto& [code, want] : {std::pair<Errc, int>{Errc::usage, 2},
                                     {Errc::bad_request, 2},
                                     {Errc::not_found, 3},
                                     {Errc::no_tile, 3},
                                     {Errc::corrupt, 4},
                                     {Errc::unsupported, 4},
                                     {Errc::too_large, 4},
                                     {Errc::denied, 1},
                                     {Errc::unavailable, 1},
                                     {Errc::timeout, 1},
                                     {Errc::overloaded, 1},
                                     {Errc::replaced, 1},
                                     {Errc::io, 1}}) {
        EXPECT_EQ(exit_code(code), want) << name_of(code);
    }
}

}  // namespace
}  // namespace tapalcatl::cli
