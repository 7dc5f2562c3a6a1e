#include "cli/doctor.hpp"

#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "doctor/examination.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace tapalcatl::cli {
namespace {

char mark_of(doctor::Severity severity) {
    switch (severity) {
        case doctor::Severity::warning:
            return '?';
        case doctor::Severity::problem:
            return '!';
        case doctor::Severity::ok:
            break;
    }
    return ' ';
}

/// "S3_PREFIX=20260901", or "--s3-prefix=20260901" if that flag was given, because it takes precedence.
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

namespace {

/// The variable or flag that names the storage.
std::string storage_origin(const Configuration& configuration) {
    const auto table = setting_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& origin = configuration.origins[i];
        const bool names_it = table[i].name == "storage" || table[i].name == "s3_bucket";
        if (names_it && origin.kind != Origin::Kind::default_value) {
            return origin.name;
        }
    }
    return "default";
}

void examine(doctor::Examination& examination) {
    const auto location = storage_location(examination.settings);
    if (!location) {
        examination.findings.add(doctor::problem("storage", location.error()));
        return;
    }
    examination.findings.add(doctor::ok(
        "storage", fmt::format("{}, from {}", url_of(*location), storage_origin(examination.configuration))));
    std::optional<doctor::ReachableStorage> reachable;
    if (const auto* folder = std::get_if<FolderLocation>(&*location)) {
        reachable = doctor::examine_folder(*folder, examination);
    } else if (const auto* bucket = std::get_if<BucketLocation>(&*location)) {
        reachable = doctor::examine_bucket(*bucket, examination);
    } else {
        reachable = doctor::examine_web(std::get<WebLocation>(*location), examination);
    }
    if (reachable) {
        doctor::examine_tiles(*location, *reachable, examination);
    }
}

}  // namespace

int doctor(const Configuration& configuration, const EnvironmentVariables& environment, Form form, Output& out) {
    doctor::Examination examination(configuration, environment);
    examine(examination);
    const auto& findings = examination.findings;
    if (form == Form::json) {
        print_diagnoses_json(findings, out);
    } else {
        print_diagnoses(findings, configuration, out);
    }
    const auto code = findings.code();
    return code ? exit_code(*code) : exit_ok;
}

}  // namespace tapalcatl::cli
