#include "base/text.hpp"
#include "cli/archive_file.hpp"
#include "cli/verbs.hpp"

namespace tapalcatl::cli {

Result<void> cat(const Settings& settings, const EnvironmentVariables& environment, const std::string& archive,
                 const std::string& entry, Output& out) {
    const auto path = archive_path(archive);
    if (!path) {
        return path.error();
    }
    ArchiveReader reader(settings, environment);
    const auto head = reader.head(*path);
    if (!head) {
        return head.error().within(printable(archive));
    }
    const auto* found = head->directory->find(entry);
    if (found == nullptr) {
        return fail(Errc::not_found, "{}: {}: no such entry; 'tapalcatl ls' lists those that there are",
                    printable(archive), printable(entry));
    }
    const auto content = reader.content(*path, *head, *found, settings.limits.max_tile_size_bytes);
    if (!content) {
        return content.error().within(printable(entry)).within(printable(archive));
    }
    return write_content(out, *content);
}

}  // namespace tapalcatl::cli
