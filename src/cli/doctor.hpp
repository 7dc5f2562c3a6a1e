#pragma once

#include "cli/output.hpp"
#include "doctor/diagnosis.hpp"
#include "settings/configuration.hpp"

#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// For people: a line for each finding, '!' before problems and '?' before remarks, what to do below it; at the end
/// what to set, as a shell and an env file take it. What was given as a flag is told as a flag.
void print_diagnoses(const doctor::Diagnoses& findings, const Configuration& configuration, Output& out);

/// One JSON document.
void print_diagnoses_json(const doctor::Diagnoses& findings, Output& out);

/// `value` as a shell takes it for one word, whatever is in it.
std::string shell_quoted(std::string_view value);

}  // namespace tapalcatl::cli
