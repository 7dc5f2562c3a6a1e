#pragma once

#include "base/error.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What `doctor` finds out, step by step.
namespace tapalcatl::doctor {

enum class Severity {
    fine,
    remark,   ///< worth knowing; the server works all the same
    problem,  ///< the server does not work, or answers wrongly
};

std::string_view name_of(Severity severity);

/// A variable of the environment, and what it should be.
struct Advice {
    std::string variable;
    std::string value;  ///< may be empty, where that is a value

    friend bool operator==(const Advice&, const Advice&) = default;
};

/// Texts are made printable, as much of them comes from elsewhere.
struct Diagnosis {
    std::string name;  ///< what it is about, in a word or two: "key layout"
    std::string text;  ///< one line
    Severity severity = Severity::fine;
    Errc code = Errc::usage;                   ///< of a problem
    std::vector<std::string> what_to_do = {};  ///< a line each
    std::vector<Advice> advice = {};

    /// The same, with another line of what to do.
    Diagnosis with(std::string_view line) &&;
    Diagnosis with(Advice more) &&;
};

Diagnosis fine(std::string_view name, std::string_view text);
Diagnosis remark(std::string_view name, std::string_view text);
Diagnosis problem(std::string_view name, const Error& error);

/// In the order in which they were found.
class Diagnoses {
 public:
    void add(Diagnosis finding) { all_.push_back(std::move(finding)); }
    void add(std::vector<Diagnosis> findings);

    /// Takes the advice on a variable back.
    void withdraw(std::string_view variable);

    std::span<const Diagnosis> all() const { return all_; }
    std::size_t problems() const;
    /// Of the first problem; nullopt: the server would work.
    std::optional<Errc> code() const;
    /// Of all findings, each variable once: what was said last of it.
    std::vector<Advice> advice() const;

 private:
    std::vector<Diagnosis> all_;
};

}  // namespace tapalcatl::doctor
