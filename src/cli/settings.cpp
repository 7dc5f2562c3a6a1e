#include "cli/settings.hpp"

#include "base/text.hpp"
#include "cli/file_url.hpp"

#include <filesystem>

namespace tapalcatl::cli {

Result<std::string> archive_folder(const Settings& settings) {
    const auto& storage = settings.storage;
    if (storage.folder && !storage.s3_bucket.empty()) {
        return fail(Errc::usage,
                    "TAPALCATL_STORAGE and S3_BUCKET both name a storage: expected one of them, unset the other");
    }
    if (!storage.s3_bucket.empty()) {
        return fail(Errc::usage,
                    "S3_BUCKET='{}': S3 storage is not in this version; expected TAPALCATL_STORAGE=file:///path",
                    printable(storage.s3_bucket));
    }
    if (!storage.folder) {
        return fail(Errc::usage,
                    "no storage is named: expected TAPALCATL_STORAGE=file:///path or --storage file:///path");
    }
    std::error_code error;
    if (!std::filesystem::is_directory(*storage.folder, error)) {
        return fail(Errc::usage, "storage {}: {}", file_url(*storage.folder), error ? error.message() : "not a folder");
    }
    return *storage.folder;
}

}  // namespace tapalcatl::cli
