#include "aws/timestamp.hpp"

#include "web/date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace tapalcatl::aws {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

/// Takes a time apart from its front; the first piece that is not there makes all that follow fail.
class Reader {
 public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool take(std::string_view expected) {
        if (!rest_.starts_with(expected)) {
            return false;
        }
        rest_.remove_prefix(expected.size());
        return true;
    }

    void expect(std::string_view expected) { ok_ = take(expected) && ok_; }

    int number(std::size_t digits) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            ok_ = ok_ && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
            if (!ok_) {
                return 0;
            }
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    /// The digits after a point; seconds are all the precision that expiry needs.
    void fraction() {
        const auto end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        ok_ = ok_ && end > 0;
        rest_.remove_prefix(end);
    }

    bool starts_with_zone() const {
        return rest_.empty() || std::string_view(" ZzUG+-").find(rest_.front()) != std::string_view::npos;
    }

    bool ok() const { return ok_; }
    bool at_end() const { return rest_.empty(); }

 private:
    std::string_view rest_;
    bool ok_ = true;
};

seconds zone_of(Reader& reader) {
    reader.take(" ");
    for (const std::string_view name : {"Z", "z", "UTC", "GMT"}) {
        if (reader.take(name)) {
            return seconds(0);
        }
    }
    const bool east = reader.take("+");
    if (!east) {
        reader.expect("-");
    }
    seconds offset = hours(reader.number(2));
    if (reader.take(":") || !reader.at_end()) {
        offset += minutes(reader.number(2));
    }
    return east ? offset : -offset;
}

}  // namespace

std::string amz_date(WallTime time) {
    const auto second = std::chrono::floor<seconds>(time);
    const auto day = std::chrono::floor<days>(second);
    const year_month_day date(day);
    const std::chrono::hh_mm_ss clock(second - day);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

std::optional<WallTime> parse_timestamp(std::string_view text) {
    if (const auto date = web::parse_date(text)) {
        return WallTime(*date);
    }
    Reader reader(text);
    const year y(reader.number(4));
    const bool has_dashes = reader.take("-");
    const auto month = reader.number(2);
    if (has_dashes) {
        reader.expect("-");
    }
    const auto day = reader.number(2);
    if (!reader.take("T") && !reader.take("t")) {
        reader.expect(" ");
    }
    const auto hour = reader.number(2);
    const bool has_colons = reader.take(":");
    const auto minute = reader.number(2);
    int second = 0;
    if (has_colons ? reader.take(":") : !reader.starts_with_zone()) {
        second = reader.number(2);
        if (reader.take(".") || reader.take(",")) {
            reader.fraction();
        }
    }
    const auto zone = zone_of(reader);
    const year_month_day date = y / month / day;
    // The years that system_clock can count in nanoseconds end in 2262.
    const bool in_range = y >= year(1900) && y <= year(2200) && hour < 24 && minute < 60 && second <= 60;
    if (!reader.ok() || !reader.at_end() || !date.ok() || !in_range) {
        return std::nullopt;
    }
    return WallTime(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) - zone;
}

}  // namespace tapalcatl::aws
