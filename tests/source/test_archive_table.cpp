#include "source/archive_table.hpp"

#include "tests/support/fake_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace tapalcatl::source {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct EmptyDirectory final : ContainerDirectory {
    std::size_t size() const override { return 0; }
    std::string_view name_of(std::size_t /*entry*/) const override { return {}; }
    std::optional<std::size_t> find(std::string_view /*name*/) const override { return std::nullopt; }
    Result<storage::Span> locate(std::size_t /*entry*/) const override { return storage::Span{}; }
    bool is_worth_keeping(std::size_t /*entry*/) const override { return false; }
    Result<TileContent> content(std::size_t /*entry*/, Bytes /*bytes*/) const override { return TileContent{}; }
    std::size_t memory_size() const override { return 100; }
};

class Table : public testing::Test {
 protected:
    void install(const std::string& etag, seconds age = seconds(0), std::string last_modified = {}) {
        OpenedArchive opened;
        opened.version = {etag, std::move(last_modified), 1000};
        opened.age = age;
        opened.directory = std::make_shared<const EmptyDirectory>();
        table.install("a", opened);
    }

    ArchiveState& state() { return *table.state("a"); }
    ArchiveTable::Standing standing() { return table.standing_of(state()); }

    boost::asio::io_context context;
    tests::FakeClock clock;
    std::shared_ptr<Counters> counters = std::make_shared<Counters>();
    Memory memory{context.get_executor(), 1'000'000};
    ArchiveTable table{memory, clock, {}, counters};
};

TEST_F(Table, goes_through_freshness_outage_and_return) {
    struct Step {
        const char* what;
        std::function<void()> happens;
        bool may_be_served;
        bool is_stale;
        bool needs_a_check;
    };
    const auto outage = fail(Errc::unavailable, "down");
    const auto no_turn = fail(Errc::overloaded, "no turn");
    const std::vector<Step> steps{
        {"it is read", [&] { install("1"); }, true, false, false},
        {"a read of it fails", [&] { table.failed(state(), outage); }, true, false, false},
        {"its freshness ends", [&] { clock.pass(seconds(300)); }, true, false, true},
        {"its revalidation gets no turn", [&] { table.failed(state(), no_turn); }, true, false, false},
        {"its revalidation fails", [&] { table.failed(state(), outage); }, true, true, false},
        {"it is tried again after a while", [&] { clock.pass(seconds(5)); }, true, true, true},
        {"the storage is back", [&] { table.renew(state(), seconds(0)); }, true, false, false},
        {"nobody asks for hours", [&] { clock.pass(hours(12)); }, false, false, false},
        {"and then the storage fails", [&] { table.failed(state(), outage); }, true, true, false},
        {"for a day", [&] { clock.pass(hours(13)); }, false, false, false},
        {"the storage is back again", [&] { table.renew(state(), seconds(0)); }, true, false, false},
        {"the machine sleeps", [&] { clock.set_wall_by(seconds(301)); }, true, false, true},
        {"a cache of an older time answers", [&] { install("1", seconds(600)); }, true, false, true},
        {"the storage answers", [&] { install("1"); }, true, false, false},
        {"the wall clock is set back", [&] { clock.set_wall_by(-hours(24)); }, true, false, false},
        {"and freshness ends", [&] { clock.pass(seconds(300)); }, true, false, true},
    };
    for (const auto& step : steps) {
        step.happens();
        EXPECT_EQ(standing().may_be_served, step.may_be_served) << step.what;
        EXPECT_EQ(standing().is_stale, step.is_stale) << step.what;
        EXPECT_EQ(standing().needs_a_check, step.needs_a_check) << step.what;
    }
}

TEST_F(Table, retires_a_version_that_was_replaced) {
    install("1");
    const auto old = table.state("a");
    install("2");
    EXPECT_TRUE(old->is_retired());
    EXPECT_FALSE(table.standing_of(*old).may_be_served);
    EXPECT_EQ(state().version().etag, "2");
    EXPECT_EQ(table.directory("a")->archive, table.state("a"));
    EXPECT_EQ(counters->replaced, 1U);
}

TEST_F(Table, keeps_the_version_of_an_archive_that_is_read_again) {
    install("1");
    const auto before = table.state("a");
    memory.cache.erase(CacheNames(0).directory("a"));
    EXPECT_EQ(table.directory("a"), nullptr);
    const auto in_use = before;
    install("1");
    EXPECT_EQ(table.state("a"), before);
}

TEST_F(Table, forgets_an_archive_that_is_gone_until_it_is_there_again) {
    install("1");
    const auto old = table.state("a");
    table.forget("a");
    EXPECT_TRUE(old->is_retired());
    EXPECT_EQ(table.directory("a"), nullptr);
    EXPECT_TRUE(table.is_missing("a"));
    clock.pass(seconds(30));
    EXPECT_FALSE(table.is_missing("a"));
    table.forget("a");
    install("2");
    EXPECT_FALSE(table.is_missing("a"));
}

TEST_F(Table, caches_no_block_of_a_retired_version) {
    install("1");
    const auto old = table.directory("a");
    install("2");
    TileContent content;
    content.bytes.resize(10);
    EXPECT_NE(table.keep(*old, "tile", content), nullptr) << "who waited for it gets it";
    EXPECT_EQ(table.block("a", "tile"), nullptr);
    table.keep_unchecked(*old, "tile", content.bytes);
    EXPECT_EQ(table.block("a", "tile"), nullptr);
    table.keep(*table.directory("a"), "tile", content);
    EXPECT_NE(table.block("a", "tile"), nullptr);
}

TEST_F(Table, tells_apart_the_same_key_of_two_storages) {
    install("1");
    ArchiveTable other(memory, clock, {}, counters);
    EXPECT_EQ(other.directory("a"), nullptr);
    other.forget("a");
    EXPECT_NE(table.directory("a"), nullptr);
    EXPECT_FALSE(table.is_missing("a"));
}

TEST_F(Table, lets_memory_forget_a_storage_and_no_other) {
    install("1");
    ArchiveTable other(memory, clock, {}, counters);
    OpenedArchive opened;
    opened.version = {"1", {}, 1000};
    opened.directory = std::make_shared<const EmptyDirectory>();
    other.install("a", opened);
    other.forget("b");
    table.forget("b");
    memory.forget_storages({table.storage_number()});
    EXPECT_EQ(table.directory("a"), nullptr);
    EXPECT_FALSE(table.is_missing("b"));
    EXPECT_NE(other.directory("a"), nullptr);
    EXPECT_TRUE(other.is_missing("b"));
    memory.forget_storages({other.storage_number(), 1000});
    EXPECT_EQ(memory.cache.used(), 0U);
    EXPECT_EQ(memory.missing.used(), 0U);
}

TEST_F(Table, judges_the_date_of_a_version_once) {
    const auto date_of = [&](const char* date) {
        install(fmt::format("\"{}\"", date), seconds(0), date);
        const auto* modified = state().last_modified();
        return modified != nullptr ? modified->text : std::string();
    };
    const auto* known = "Fri, 25 Jan 2019 12:00:00 GMT";
    EXPECT_EQ(date_of(known), known);
    EXPECT_EQ(date_of("Fri, 25 Jan 2999 12:00:00 GMT"), "") << "the storage's clock is ahead";
    EXPECT_EQ(date_of("yesterday"), "");
    EXPECT_EQ(date_of(""), "");
}

}  // namespace
}  // namespace tapalcatl::source
