#pragma once

#include "cli/output.hpp"
#include "doctor/diagnosis.hpp"
#include "settings/configuration.hpp"

#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// For people: one line for each finding, with '!' before problems and '?' before remarks, and the remedies below it.
/// At the end, the settings to change in the syntax of shells and env files. A setting that was given by a flag is
/// shown as that flag.
void print_diagnoses(const doctor::Diagnoses& findings, const Configuration& configuration, Output& out);

/// One JSON document.
void print_diagnoses_json(const doctor::Diagnoses& findings, Output& out);

/// Quotes `value` so that a shell reads it as one word, whatever it contains.
std::string shell_quoted(std::string_view value);

}  // namespace tapalcatl::cli
