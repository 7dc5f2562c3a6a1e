#include "doctor/diagnosis.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tapalcatl::doctor {

// These names are part of the JSON output.
std::string_view name_of(Severity severity) {
    switch (severity) {
        case Severity::warning:
            return "remark";
        case Severity::problem:
            return "problem";
        case Severity::ok:
            break;
    }
    return "fine";
}

Diagnosis Diagnosis::with(std::string_view line) && {
    what_to_do.push_back(printable(line));
    return std::move(*this);
}

Diagnosis Diagnosis::with(Advice more) && {
    advice.push_back(std::move(more));
    return std::move(*this);
}

Diagnosis ok(std::string_view name, std::string_view text) {
    return {.name = std::string(name), .text = printable(text)};
}

Diagnosis warning(std::string_view name, std::string_view text) {
    return {.name = std::string(name), .text = printable(text), .severity = Severity::warning};
}

Diagnosis problem(std::string_view name, const Error& error) {
    return {
        .name = std::string(name), .text = printable(error.message), .severity = Severity::problem, .code = error.code};
}

void Diagnoses::add(std::vector<Diagnosis> findings) {
    for (auto& finding : findings) {
        add(std::move(finding));
    }
}

void Diagnoses::withdraw(std::string_view variable) {
    for (auto& finding : all_) {
        std::erase_if(finding.advice, [&](const Advice& advice) { return advice.variable == variable; });
    }
}

std::size_t Diagnoses::problems() const {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [](const Diagnosis& finding) { return finding.severity == Severity::problem; }));
}

std::optional<Errc> Diagnoses::code() const {
    const auto first = std::find_if(all_.begin(), all_.end(),
                                    [](const Diagnosis& finding) { return finding.severity == Severity::problem; });
    return first == all_.end() ? std::nullopt : std::optional(first->code);
}

std::vector<Advice> Diagnoses::advice() const {
    std::vector<Advice> merged;
    for (const auto& finding : all_) {
        for (const auto& advice : finding.advice) {
            const auto known = std::find_if(merged.begin(), merged.end(),
                                            [&](const Advice& other) { return other.variable == advice.variable; });
            if (known == merged.end()) {
                merged.push_back(advice);
            } else {
                known->value = advice.value;
            }
        }
    }
    return merged;
}

}  // namespace tapalcatl::doctor
