#pragma once

#include <fmt/format.h>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace tapalcatl {

/// Text that must not be seen: printed, logged or formatted it is "***". Whoever needs the text says so, with reveal().
class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }

    friend bool operator==(const Secret&, const Secret&) = default;

 private:
    std::string text_;
};

inline std::string_view masked(const Secret& secret) {
    return secret.empty() ? "" : "***";
}

inline std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << masked(secret);
}

}  // namespace tapalcatl

template <>
struct fmt::formatter<tapalcatl::Secret> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const tapalcatl::Secret& secret, Context& context) const {
        return fmt::formatter<std::string_view>::format(tapalcatl::masked(secret), context);
    }
};
