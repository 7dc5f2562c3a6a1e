#include "app/stack.hpp"
#include "base/run_until_done.hpp"
#include "cli/exit_code.hpp"
#include "cli/report.hpp"
#include "cli/verbs.hpp"
#include "zip/deflate.hpp"

#include <boost/asio/io_context.hpp>

namespace tapalcatl::cli {
int tile(const Settings& settings, const EnvironmentVariables& environment, const TilePath& path, unsigned tile_size,
         Output& out) {
    boost::asio::io_context upstream(1);
    const auto made = app::Stack::make(settings, environment, upstream);
    if (!made) {
        return report(made.error());
    }
    const auto& stack = **made;
    const auto place = stack.tiles().place(path.tile, tile_size * 256, path.format);
    if (!place) {
        return report(place.error());
    }
    const auto deadline = std::chrono::steady_clock::now() + settings.limits.request_timeout;
    const auto found = run_until_done(upstream, stack.tiles().read(*place, deadline));
    if (!found) {
        return report(found.error());
    }
    const auto& block = *found->block;
    std::vector<std::byte> inflated;
    Bytes content = block.bytes;
    if (block.form == source::Block::Form::gzip) {
        inflated.resize(static_cast<std::size_t>(block.size));
        zip::Inflater inflater;
        const auto done = inflater.inflate_into(zip::deflate_data(block.bytes), inflated);
        if (!done) {
            return report(done.error());
        }
        content = inflated;
    }
    const auto written = write_content(out, content);
    return written ? exit_fine : report(written.error());
}

}  // namespace tapalcatl::cli
