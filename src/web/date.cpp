#include "web/date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tapalcatl::web {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr sys_seconds first_second = sys_days(year{0} / 1 / 1);
constexpr sys_seconds last_second = sys_days(year{10000} / 1 / 1) - std::chrono::seconds{1};

/// Parses a date from the front. After the first part that does not match, everything fails.
class Reader {
 public:
    explicit Reader(std::string_view text) : rest_(text) {}

    void text(std::string_view expected) {
        if (!rest_.starts_with(expected)) {
            ok_ = false;
            return;
        }
        rest_.remove_prefix(expected.size());
    }

    int number(std::size_t digits) {
        if (rest_.size() < digits) {
            ok_ = false;
            return 0;
        }
        int value = 0;
        for (const char c : rest_.substr(0, digits)) {
            ok_ = ok_ && c >= '0' && c <= '9';
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    unsigned month() {
        const auto name = rest_.substr(0, 3);
        const auto found = std::find(months.begin(), months.end(), name);
        ok_ = ok_ && found != months.end();
        rest_.remove_prefix(name.size());
        return static_cast<unsigned>(found - months.begin()) + 1;
    }

    std::chrono::seconds time_of_day() {
        const int hour = number(2);
        text(":");
        const int minute = number(2);
        text(":");
        const int second = number(2);
        ok_ = ok_ && hour < 24 && minute < 60 && second <= 60;  // 60 is a leap second
        return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
    }

    bool next_is(char c) const { return rest_.starts_with(c); }
    bool ok_to_the_end() const { return ok_ && rest_.empty(); }

 private:
    std::string_view rest_;
    bool ok_ = true;
};

/// The formats differ in what follows the name of the weekday.
enum class Form { imf_fixdate, rfc850, asctime };

struct Start {
    Form form;
    std::size_t size;  ///< of the weekday and its separator
};

std::optional<Start> read_start(std::string_view text) {
    for (const auto name : weekdays) {
        if (!text.starts_with(name.substr(0, 3))) {
            continue;
        }
        if (text.substr(3).starts_with(", ")) {
            return Start{Form::imf_fixdate, 5};
        }
        if (text.substr(3).starts_with(" ")) {
            return Start{Form::asctime, 4};
        }
        if (text.starts_with(name) && text.substr(name.size()).starts_with(", ")) {
            return Start{Form::rfc850, name.size() + 2};
        }
    }
    return std::nullopt;
}

}  // namespace

std::string format_date(sys_seconds time) {
    const auto within = std::clamp(time, first_second, last_second);
    const auto midnight = std::chrono::floor<days>(within);
    const year_month_day date(midnight);
    const std::chrono::hh_mm_ss clock(within - midnight);
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", weekdays[std::chrono::weekday(midnight).c_encoding()].substr(0, 3),
        static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<sys_seconds> parse_date(std::string_view text) {
    const auto start = read_start(text);
    if (!start) {
        return std::nullopt;
    }
    Reader reader(text.substr(start->size));
    int y = 0;
    unsigned m = 0;
    int d = 0;
    std::chrono::seconds clock{};
    switch (start->form) {
        case Form::imf_fixdate:
            d = reader.number(2);
            reader.text(" ");
            m = reader.month();
            reader.text(" ");
            y = reader.number(4);
            reader.text(" ");
            clock = reader.time_of_day();
            reader.text(" GMT");
            break;
        case Form::rfc850:
            d = reader.number(2);
            reader.text("-");
            m = reader.month();
            reader.text("-");
            y = reader.number(2);
            // The RFC requires "at most 50 years in the future". A fixed window needs no clock and agrees with it.
            y += y < 70 ? 2000 : 1900;
            reader.text(" ");
            clock = reader.time_of_day();
            reader.text(" GMT");
            break;
        case Form::asctime:
            m = reader.month();
            reader.text(" ");
            if (reader.next_is(' ')) {
                reader.text(" ");
                d = reader.number(1);
            } else {
                d = reader.number(2);
            }
            reader.text(" ");
            clock = reader.time_of_day();
            reader.text(" ");
            y = reader.number(4);
            break;
    }
    const year_month_day date(year{y}, std::chrono::month{m}, std::chrono::day{static_cast<unsigned>(d)});
    if (!reader.ok_to_the_end() || !date.ok()) {
        return std::nullopt;
    }
    return sys_days(date) + clock;
}

}  // namespace tapalcatl::web
