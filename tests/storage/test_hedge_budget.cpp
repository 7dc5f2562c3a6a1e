#include "storage/hedge_budget.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::storage {
namespace {

TEST(HedgeBudget, gives_one_for_twenty_reads) {
    HedgeBudget hedges;
    unsigned taken = 0;
    for (unsigned read = 1; read <= 1000; ++read) {
        hedges.record_read();
        taken += hedges.take() ? 1U : 0U;
        EXPECT_LE(taken * 20, read);
    }
    EXPECT_EQ(taken, 50U);
}

TEST(HedgeBudget, saves_no_more_than_ten) {
    HedgeBudget hedges;
    for (unsigned read = 0; read < 10'000; ++read) {
        hedges.record_read();
    }
    unsigned taken = 0;
    while (hedges.take()) {
        ++taken;
    }
    EXPECT_EQ(taken, 10U);
}

}  // namespace
}  // namespace tapalcatl::storage
