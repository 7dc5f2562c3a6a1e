#include "zip/deflate.hpp"

#include <libdeflate.h>

#include <cassert>
#include <memory>
#include <new>

namespace tapalcatl::zip {
namespace {

struct Free {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

}  // namespace

void append_deflated(std::vector<std::byte>& out, Bytes content, int level) {
    assert(level >= 1 && level <= 12);
    const std::unique_ptr<libdeflate_compressor, Free> compressor(libdeflate_alloc_compressor(level));
    if (!compressor) {
        throw std::bad_alloc();
    }
    const auto start = out.size();
    out.resize(start + libdeflate_deflate_compress_bound(compressor.get(), content.size()));
    const auto room = std::span(out).subspan(start);
    const auto size =
        libdeflate_deflate_compress(compressor.get(), content.data(), content.size(), room.data(), room.size());
    assert(size > 0);  // the bound leaves room enough
    out.resize(start + size);
}

}  // namespace tapalcatl::zip
