#include "cli/report.hpp"

#include "cli/exit_code.hpp"

#include <cstdio>

namespace tapalcatl::cli {
namespace {

void tell(const std::string& line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

int report(const Error& error) {
    tell(fmt::format("tapalcatl: {}\n", error.message));
    return exit_code(error.code);
}

void warn(std::string_view message) {
    tell(fmt::format("tapalcatl: warning: {}\n", message));
}

}  // namespace tapalcatl::cli
