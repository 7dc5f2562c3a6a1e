#include "cli/diagnoses_output.hpp"
#include "cli/exit_code.hpp"
#include "cli/verbs.hpp"
#include "doctor/examination.hpp"

namespace tapalcatl::cli {
namespace {

/// Where the storage is named.
std::string whence(const Configuration& configuration) {
    const auto table = setting_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& origin = configuration.origins[i];
        const bool names_it = table[i].name == "storage" || table[i].name == "s3_bucket";
        if (names_it && origin.kind != Origin::Kind::preset) {
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
    examination.findings.add(
        doctor::fine("storage", fmt::format("{}, from {}", url_of(*location), whence(examination.configuration))));
    std::optional<doctor::Reached> reached;
    if (const auto* folder = std::get_if<FolderLocation>(&*location)) {
        reached = doctor::examine_folder(*folder, examination);
    } else if (const auto* bucket = std::get_if<BucketLocation>(&*location)) {
        reached = doctor::examine_bucket(*bucket, examination);
    } else {
        reached = doctor::examine_web(std::get<WebLocation>(*location), examination);
    }
    if (reached) {
        doctor::examine_tiles(*location, *reached, examination);
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
    return code ? exit_code(*code) : exit_fine;
}

}  // namespace tapalcatl::cli
