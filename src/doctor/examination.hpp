#pragma once

#include "app/storage_factory.hpp"
#include "base/clock.hpp"
#include "doctor/diagnosis.hpp"
#include "doctor/lister.hpp"
#include "settings/configuration.hpp"
#include "settings/location.hpp"
#include "settings/settings.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

/// The steps of `doctor` that send requests. bucket_access, key_survey and archive_survey interpret the responses.
namespace tapalcatl::doctor {

/// Limits the time of the whole examination and of each step.
class TimeBudget {
 public:
    explicit TimeBudget(SteadyTime now) : end_(now + whole) {}

    /// The deadline of a step that begins now.
    SteadyTime step() const { return std::min(std::chrono::steady_clock::now() + one_step, end_); }
    bool is_over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
    static constexpr std::chrono::seconds whole{
        28};  // leaves 2 s of the promised 30 for calls that cannot be interrupted
    static constexpr std::chrono::seconds one_step{5};

    SteadyTime end_;
};

/// The state of an examination. Lifetime: `configuration` outlives it.
struct Examination {
    Examination(const Configuration& given, EnvironmentVariables variables)
        : configuration(given),
          settings(given.settings),
          environment(std::move(variables)),
          time(std::chrono::steady_clock::now()) {}

    const Configuration& configuration;
    Settings settings;                 ///< the configured ones, with all advice applied
    EnvironmentVariables environment;  ///< likewise
    TimeBudget time;
    Diagnoses findings;
    boost::asio::io_context context{1};
};

/// A storage that responds.
struct ReachableStorage {
    std::unique_ptr<app::StorageFactory> storages;  ///< used by the lister
    std::unique_ptr<Lister> lister;                 ///< null: nothing can be listed
    bool is_folder = false;
};

/// Finds out whether the storage can be reached, as whom, and how it answers for missing keys. nullopt: it is of no use
/// to continue.
std::optional<ReachableStorage> examine_folder(const FolderLocation& folder, Examination& examination);
std::optional<ReachableStorage> examine_bucket(const BucketLocation& bucket, Examination& examination);
std::optional<ReachableStorage> examine_web(const WebLocation& web, Examination& examination);

/// Finds out which metatiles exist, what they contain, and whether a tile can be read.
void examine_tiles(const Location& location, const ReachableStorage& reachable, Examination& examination);

/// The key of a metatile that cannot exist. It is made like real keys, so that the same access rules apply to it.
std::string impossible_key(const Settings& settings);

/// The proxy for `url`; nullopt if there is none.
std::optional<Diagnosis> proxy_finding(const Url& url, const EnvironmentVariables& environment);

/// "yes, in 48 ms"
Diagnosis reachable_finding(SteadyTime since);

}  // namespace tapalcatl::doctor
