#include "cache/tiered_storage.hpp"

#include "tests/source/fixture.hpp"
#include "tests/support/fake_tier.hpp"

namespace tapalcatl::tests {
namespace {

/// Archives over a storage with a tier, which a restart does not empty.
class ArchivesTieredTest : public ArchivesTest {
 protected:
    ArchivesTieredTest() {
        options.read.tail_size = 4096;
        start();
    }

    void start() {
        auto inner = std::make_unique<FakeStorage>();
        origin = inner.get();
        origin->put("a", make_archive(metatile(20'000)));
        cache::TieredOptions tiered_options;
        tiered_options.fresh_for = options.table.freshness.fresh_for;
        archives_.reset();
        memory_ = std::make_unique<source::Memory>(context.get_executor(), memory_size);
        tiered_ = cache::make_tiered_storage(std::move(inner), std::make_unique<FakeTier>(tier), tiered_options,
                                             context.get_executor(), clock);
        archives_ = std::make_unique<source::Archives>(*tiered_, *memory_, context.get_executor(), clock, options);
    }

    Result<source::Found> get(const std::string& entry) {
        if (const auto found = archives_->find("a", entry)) {
            settle(context);
            return *found;
        }
        auto found = run(context, archives_->read("a", entry, std::chrono::steady_clock::now() + patience));
        settle(context);
        return found;
    }

    Result<storage::Version> probe() {
        return run(context, archives_->probe("a", std::chrono::steady_clock::now() + patience));
    }

    /// What the `index`th tile holds. Not for EXPECT_EQ, which would print all of it.
    static std::string tile(std::size_t index, unsigned seed = 1) { return metatile(20'000, seed)[index].content; }

    void replace() {
        clock.pass(std::chrono::seconds(1));
        origin->put("a", make_archive(metatile(20'000, 100)));
        origin->forget_reads();
    }

    static constexpr std::chrono::seconds patience{20};

    std::shared_ptr<FakeTierState> tier = std::make_shared<FakeTierState>();
    FakeStorage* origin = nullptr;

 private:
    std::unique_ptr<source::Memory> memory_;
    std::unique_ptr<cache::TieredStorage> tiered_;
    std::unique_ptr<source::Archives> archives_;
};

TEST_F(ArchivesTieredTest, after_a_restart_a_tile_needs_no_read_of_the_storage) {
    EXPECT_TRUE(content_of(get("0/0/0.mvt")) == tile(0));
    EXPECT_FALSE(origin->reads().empty());
    start();
    EXPECT_TRUE(content_of(get("0/0/0.mvt")) == tile(0));
    EXPECT_TRUE(origin->reads().empty());
}

TEST_F(ArchivesTieredTest, an_archive_that_was_replaced_meanwhile_is_read_anew) {
    get("0/0/0.mvt");
    start();
    replace();
    // The directory comes from the tier, and its entry is not there any more.
    EXPECT_TRUE(content_of(get("1/0/0.mvt")) == tile(1, 100));
}

TEST_F(ArchivesTieredTest, a_directory_that_was_replaced_meanwhile_is_read_anew) {
    const auto many = [](const std::string& content) {
        std::vector<Member> members;
        for (int i = 0; i < 2000; ++i) {
            members.push_back({fmt::format("{:060}", i), content, true});
        }
        return make_archive(members);
    };
    const auto name = std::string(60, '0');
    start();
    origin->put_with_version("a", as_text(many("old")), {"\"old\"", "", many("old").size()});
    EXPECT_EQ(content_of(get(name)), "old");
    // Of all that was read only the first read is left, which does not reach the directory's begin.
    std::erase_if(tier->values,
                  [&](const auto& value) { return value.second.keep_for != options.table.freshness.fresh_for; });
    ASSERT_EQ(tier->values.size(), 1U);
    start();
    clock.pass(std::chrono::seconds(1));
    origin->put_with_version("a", as_text(many("new!")), {"\"new\"", "", many("new!").size()});
    EXPECT_EQ(content_of(get(name)), "new!");
}

TEST_F(ArchivesTieredTest, what_comes_from_the_tier_is_no_longer_fresh_than_what_came_from_the_storage) {
    get("0/0/0.mvt");
    clock.pass(std::chrono::seconds(200));
    start();
    get("0/0/0.mvt");
    replace();
    clock.pass(std::chrono::seconds(98));
    get("0/0/0.mvt");
    EXPECT_TRUE(origin->reads().empty()) << "it is 299 s old";
    clock.pass(std::chrono::seconds(1));
    get("0/0/0.mvt");
    EXPECT_TRUE(content_of(get("0/0/0.mvt")) == tile(0, 100));
}

TEST_F(ArchivesTieredTest, a_probe_asks_the_storage_itself) {
    get("0/0/0.mvt");
    EXPECT_TRUE(probe());
    origin->fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    const auto answer = probe();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST_F(ArchivesTieredTest, an_archive_that_was_kept_damaged_is_read_anew) {
    const auto good = make_archive(metatile(20'000));
    const storage::Version version{"\"same\"", "", good.size()};
    auto bad = good;
    bad[1000] ^= std::byte{1};
    origin->put_with_version("a", as_text(bad), version);
    EXPECT_FALSE(get("0/0/0.mvt"));
    clock.pass(std::chrono::seconds(1));
    origin->put_with_version("a", as_text(good), version);  // it was the network
    EXPECT_TRUE(content_of(get("0/0/0.mvt")) == tile(0));
}

}  // namespace
}  // namespace tapalcatl::tests
