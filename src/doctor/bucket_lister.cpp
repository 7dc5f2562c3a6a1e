#include "doctor/bucket_lister.hpp"

#include "aws/object_list.hpp"
#include "base/run_until_done.hpp"

#include <utility>

namespace tapalcatl::doctor {
namespace {

/// Without `prefix`, which all of them have; what has not is not ours.
std::vector<std::string> below(std::vector<std::string> names, const std::string& prefix) {
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
    for (auto& name : names) {
        name.erase(0, prefix.size());
    }
    return names;
}

}  // namespace

Result<Listing> BucketLister::list(const std::string& prefix, Depth depth) {
    const auto answer = ask(prefix, depth, most);
    if (!answer) {
        return answer.error();
    }
    if (answer->refusal) {
        return answer->refusal->error;
    }
    auto list = aws::parse_object_list(answer->body);
    if (!list) {
        return list.error();
    }
    return Listing{below(std::move(list->keys), prefix_), below(std::move(list->common_prefixes), prefix_),
                   list->is_truncated};
}

Result<bool> BucketLister::may_list(const std::string& prefix) {
    const auto answer = ask(prefix, Depth::one_level, 1);
    if (!answer) {
        return answer.error();
    }
    return !answer->refusal && aws::parse_object_list(answer->body);
}

Result<StoreAnswer> BucketLister::ask(const std::string& prefix, Depth depth, std::size_t limit) {
    const aws::ListOptions options{prefix_ + prefix, depth == Depth::one_level ? "/" : "", limit};
    BucketProbe::Ask ask{.key = {},
                         .query = aws::list_query(options),
                         .requester_pays = user_.requester_pays,
                         .credentials = user_.credentials,
                         .deadline = deadline_()};
    return run_until_done(context_, probe_->get(std::move(ask)));
}

}  // namespace tapalcatl::doctor
