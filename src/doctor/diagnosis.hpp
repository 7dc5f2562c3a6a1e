#pragma once

#include "base/error.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The findings of `doctor`, step by step.
namespace tapalcatl::doctor {

enum class Severity {
    ok,
    warning,  ///< worth knowing; the server works all the same
    problem,  ///< the server does not work, or answers wrongly
};

std::string_view name_of(Severity severity);

/// A variable of the environment, and the value that it should have.
struct Advice {
    std::string variable;
    std::string value;  ///< may be empty, which is a value for some variables

    friend bool operator==(const Advice&, const Advice&) = default;
};

/// One finding. Its texts are printable, even where they quote other programs.
struct Diagnosis {
    std::string name;  ///< the subject, in one or two words: "key layout"
    std::string text;  ///< one line
    Severity severity = Severity::ok;
    Errc code = Errc::usage;                   ///< of a problem
    std::vector<std::string> what_to_do = {};  ///< a line each
    std::vector<Advice> advice = {};

    /// The same, with another line of what to do.
    Diagnosis with(std::string_view line) &&;
    Diagnosis with(Advice more) &&;
};

Diagnosis ok(std::string_view name, std::string_view text);
Diagnosis warning(std::string_view name, std::string_view text);
Diagnosis problem(std::string_view name, const Error& error);

/// All findings, in the order in which they were made.
class Diagnoses {
 public:
    void add(Diagnosis finding) { all_.push_back(std::move(finding)); }
    void add(std::vector<Diagnosis> findings);

    /// Removes the advice on a variable.
    void withdraw(std::string_view variable);

    std::span<const Diagnosis> all() const { return all_; }
    std::size_t problems() const;
    /// The code of the first problem; nullopt: the server would work.
    std::optional<Errc> code() const;
    /// The advice of all findings. Each variable occurs once, with the value that was advised last.
    std::vector<Advice> advice() const;

 private:
    std::vector<Diagnosis> all_;
};

}  // namespace tapalcatl::doctor
