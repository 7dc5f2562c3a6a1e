#include "cli/diagnoses_output.hpp"

#include "base/text.hpp"
#include "cli/json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace tapalcatl::cli {
namespace {

char mark_of(doctor::Severity severity) {
    switch (severity) {
        case doctor::Severity::remark:
            return '?';
        case doctor::Severity::problem:
            return '!';
        case doctor::Severity::fine:
            break;
    }
    return ' ';
}

/// "S3_PREFIX=20260901", or "--s3-prefix=20260901" where that flag was given, as it wins over the variable.
std::string setting_line(const doctor::Advice& advice, const Configuration& configuration) {
    const auto table = setting_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].variable == advice.variable && configuration.origins[i].kind == Origin::Kind::flag) {
            return fmt::format("{}={}", table[i].flag(), shell_quoted(advice.value));
        }
    }
    return fmt::format("{}={}", advice.variable, shell_quoted(advice.value));
}

std::string verdict(std::size_t problems) {
    switch (problems) {
        case 0:
            return "The server would work as configured.";
        case 1:
            return "The server would not work as configured: there is 1 problem.";
        default:
            return fmt::format("The server would not work as configured: there are {} problems.", problems);
    }
}

}  // namespace

std::string shell_quoted(std::string_view value) {
    const bool is_plain = std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./:,+@%").find(c) != std::string_view::npos;
    });
    if (is_plain) {
        return std::string(value);
    }
    std::string quoted = "'";
    for (const char c : printable(value)) {
        quoted += c == '\'' ? std::string_view("'\\''") : std::string_view(&c, 1);
    }
    return quoted + "'";
}

void print_diagnoses(const doctor::Diagnoses& findings, const Configuration& configuration, Output& out) {
    std::size_t width = 0;
    for (const auto& finding : findings.all()) {
        width = std::max(width, finding.name.size());
    }
    for (const auto& finding : findings.all()) {
        out.print("{} {:<{}}  {}\n", mark_of(finding.severity), finding.name, width, finding.text);
        for (const auto& line : finding.what_to_do) {
            out.print("  {:<{}}  {}\n", "", width, line);
        }
    }
    out.print("\n{}\n", verdict(findings.problems()));
    const auto advice = findings.advice();
    if (advice.empty()) {
        return;
    }
    out.print("\nSet this:\n\n");
    for (const auto& one : advice) {
        out.print("  {}\n", setting_line(one, configuration));
    }
}

void print_diagnoses_json(const doctor::Diagnoses& findings, Output& out) {
    boost::json::array rows;
    for (const auto& finding : findings.all()) {
        boost::json::array what_to_do;
        for (const auto& line : finding.what_to_do) {
            what_to_do.emplace_back(line);
        }
        boost::json::object row{
            {"name", finding.name}, {"severity", doctor::name_of(finding.severity)}, {"finding", finding.text}};
        if (!what_to_do.empty()) {
            row.emplace("what_to_do", std::move(what_to_do));
        }
        rows.push_back(std::move(row));
    }
    boost::json::object set;
    for (const auto& advice : findings.advice()) {
        set.emplace(advice.variable, utf8(advice.value));
    }
    const boost::json::object document{
        {"works", findings.problems() == 0}, {"findings", std::move(rows)}, {"set", std::move(set)}};
    out.print("{}\n", json_text(document));
}

}  // namespace tapalcatl::cli
