#include "cache/redis_protocol.hpp"

#include <hiredis/read.h>
#include <new>
#include <span>

namespace tapalcatl::cache {
namespace {

/// Called from C: it must not throw. hiredis takes null as an error.
void* make_reply(RedisReply::Kind kind, Bytes bytes) {
    try {
        return new RedisReply{kind, {bytes.begin(), bytes.end()}};
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* make_text(const redisReadTask* task, char* text, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(text, size));
    switch (task->type) {
        case REDIS_REPLY_STRING:
            return make_reply(RedisReply::Kind::value, bytes);
        case REDIS_REPLY_STATUS:
            return make_reply(RedisReply::Kind::status, bytes);
        case REDIS_REPLY_ERROR:
            return make_reply(RedisReply::Kind::error, bytes);
        default:
            return nullptr;
    }
}

void* make_nothing(const redisReadTask* /*task*/) {
    return make_reply(RedisReply::Kind::nothing, {});
}

void* refuse_number(const redisReadTask* /*task*/, long long /*number*/) {
    return nullptr;
}

/// The type of the size differs between versions of hiredis. Lists are refused before their size, which may be any
/// number, is allocated.
template <class Size>
void* refuse_list(const redisReadTask* /*task*/, Size /*size*/) {
    return nullptr;
}

void free_reply(void* reply) {
    delete static_cast<RedisReply*>(reply);
}

/// Kinds that only newer versions of hiredis know, which creates default objects where a function is missing.
template <class Functions>
void refuse_new_kinds(Functions& functions) {
    if constexpr (requires { functions.createDouble; }) {
        functions.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* { return nullptr; };
    }
    if constexpr (requires { functions.createBool; }) {
        functions.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
    }
}

redisReplyObjectFunctions* functions() {
    static redisReplyObjectFunctions made = [] {
        redisReplyObjectFunctions all{};
        all.createString = make_text;
        all.createArray = refuse_list;
        all.createInteger = refuse_number;
        all.createNil = make_nothing;
        all.freeObject = free_reply;
        refuse_new_kinds(all);
        return all;
    }();
    return &made;
}

}  // namespace

void RedisReader::Free::operator()(redisReader* reader) const {
    redisReaderFree(reader);
}

RedisReader::RedisReader(std::uint64_t limit) : limit_(limit), reader_(redisReaderCreateWithFunctions(functions())) {
    if (reader_ == nullptr) {
        throw std::bad_alloc();
    }
}

RedisReader::~RedisReader() = default;

Result<void> RedisReader::feed(Bytes bytes) {
    const auto held = reader_->len - reader_->pos;
    if (bytes.size() > limit_ || held > limit_ - bytes.size()) {
        return fail(Errc::too_large, "a reply of over {} bytes", limit_);
    }
    const auto text = as_text(bytes);
    if (redisReaderFeed(reader_.get(), text.data(), text.size()) != REDIS_OK) {
        return fail(Errc::corrupt, "the reply is invalid");
    }
    return {};
}

Result<std::optional<RedisReply>> RedisReader::next() {
    void* made = nullptr;
    if (redisReaderGetReply(reader_.get(), &made) != REDIS_OK) {
        return fail(Errc::corrupt, "the reply is invalid or does not fit the command");
    }
    if (made == nullptr) {
        return std::nullopt;
    }
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(made));
    return std::move(*reply);
}

bool RedisReader::is_empty() const {
    return reader_->pos == reader_->len;
}

}  // namespace tapalcatl::cache
