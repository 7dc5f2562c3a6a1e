#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/handoff.hpp"
#include "base/work_tracker.hpp"
#include "source/archive_state.hpp"
#include "source/archives.hpp"
#include "source/counters.hpp"
#include "source/tapalcatl2_meta.hpp"
#include "tiles/archive_template.hpp"
#include "tiles/mercator.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::source {

/// What a version of a meta.json comes to. Immutable but for its state.
struct LoadedTileset {
    LoadedTileset(Tapalcatl2Meta what, std::shared_ptr<Archives> in, std::shared_ptr<ArchiveState> of);

    Tapalcatl2Meta meta;
    std::shared_ptr<const TilesetDescription> description;
    MercatorBox box;
    ArchiveTemplate keys;
    std::shared_ptr<Archives> archives;   ///< where they lie; never null
    std::shared_ptr<ArchiveState> state;  ///< of the meta.json
};

/// A meta.json in a storage. It is read when it is first asked for, by one read however many ask, and again when it is
/// past its freshness, by the rules of archives. While the storage fails, or has a document that is not good, the last
/// good one counts, as long as an archive would be served stale; one that is gone counts no more.
///
/// Owned by shared pointers: what is under way keeps it.
class Tapalcatl2Document : public std::enable_shared_from_this<Tapalcatl2Document> {
 public:
    /// Opens the archives in another folder than that of the meta.json, by its URL. Called on the upstream executor,
    /// again for each new version of the document.
    using OpenArchives = std::function<Result<std::shared_ptr<Archives>>(const std::string& url)>;

    /// `beside`: the archives in the folder of the meta.json, whose storage it is read from under `key`. `url`: its
    /// own. Requires: `beside` is not null.
    Tapalcatl2Document(std::shared_ptr<Archives> beside, std::string key, std::string url, OpenArchives open);

    Tapalcatl2Document(const Tapalcatl2Document&) = delete;
    Tapalcatl2Document& operator=(const Tapalcatl2Document&) = delete;

    struct Current {
        std::shared_ptr<const LoadedTileset> tileset;
        bool is_stale = false;  ///< past its freshness while the storage fails, or a later one is not good
    };

    /// The tileset, or the failure of a moment ago, if that is known without waiting. For any thread.
    std::optional<Result<Current>> find();

    /// The same, from the storage if need be. Resumes on the executor of the calling coroutine.
    ///
    /// Fails: as storage::Storage::read(), but unavailable where there is no document; as parse_tapalcatl2_meta().
    /// Messages name the document.
    Awaitable<Result<Current>> read(SteadyTime deadline);

    /// Asks the storages of the document and of the archives themselves, past everything in memory. Fails: as read().
    Awaitable<Result<void>> probe(SteadyTime deadline);

    /// Waits for reads of the document and of its archives. False if not all have ended by `deadline`.
    Awaitable<bool> settle(SteadyTime deadline);

    /// Its place for people, without secrets.
    const std::string& name() const { return name_; }

 private:
    using Answer = Handoff<Result<Current>>;

    void join(const Answer& answer);
    void start();
    Awaitable<void> load();
    Result<void> take(const storage::Content& content);
    Result<std::shared_ptr<const LoadedTileset>> loaded(const storage::Content& content);
    void succeeded(const std::shared_ptr<const LoadedTileset>& tileset);
    void failed(const Error& reason);
    void finish();
    Awaitable<Result<void>> ask_storage(SteadyTime deadline);
    std::shared_ptr<const LoadedTileset> held() const;
    Error as_failure(const Error& error) const;

    std::shared_ptr<Archives> beside_;
    std::string key_;
    std::string url_;
    std::string name_;
    OpenArchives open_;
    std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();  ///< of states; nothing counts there

    mutable std::mutex mutex_;
    std::shared_ptr<const LoadedTileset> tileset_;  ///< the last good one; null: none
    std::optional<Error> error_;                    ///< of the last read
    SteadyTime retry_at_{};                         ///< the error is remembered till then

    // On the upstream executor.
    WorkTracker work_;
    bool is_loading_ = false;
    std::vector<Answer> waiting_;
    std::string logged_;  ///< the last failure in the log; empty after a success
};

}  // namespace tapalcatl::source
