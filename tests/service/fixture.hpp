#pragma once

#include "base/log.hpp"
#include "service/service.hpp"
#include "source/metatile_source.hpp"
#include "source/tapalcatl2_source.hpp"

#include "tests/source/fixture.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::tests {

using web::Field;

inline constexpr auto tile = "/tilezen/vector/v1/all/16/9/5.mvt";  ///< "2/1/1.mvt" in archive_key
inline constexpr auto archive_key = "all/14/2/1.zip";

/// The service over archives in memory: metatiles of size 4 under "all/z/x/y.zip".
class ServiceTest : public ArchivesTest {
 protected:
    using Fields = std::initializer_list<std::pair<Field, std::string_view>>;

    ServiceTest() { log::configure(log::Level::off, log::Form::plain); }
    ~ServiceTest() override { log::configure(log::Level::info, log::Form::plain); }

    /// The tilesets "vector" and, if there is a scheme for it, land cover, as the environment of tapalcatl-py has them.
    std::shared_ptr<const service::Tilesets> tilesets() {
        auto all = std::make_shared<service::Tilesets>();
        const auto added =
            all->add({"vector", std::make_shared<source::MetatileSource>(shared_archives(), scheme, keys, description),
                      policy, true});
        EXPECT_TRUE(added) << added.error();
        all->serve_vector_routes("vector");
        if (landcover_scheme) {
            auto source = std::make_shared<source::Tapalcatl2Source>(shared_archives(), *landcover_scheme, keys);
            all->serve_landcover_route({"landcover", std::move(source), policy}, 12);
        }
        return all;
    }

    service::Service& service() {
        if (service_ == nullptr) {
            service_ = std::make_unique<service::Service>(tilesets(), clock, settings);
        }
        return *service_;
    }

    static web::Request request(std::string_view target, Fields fields = {}) {
        web::Request made;
        made.target = target;
        made[Field::host] = "tiles.example";
        for (const auto& [field, value] : fields) {
            made[field] = value;
        }
        return made;
    }

    /// What a client gets: at once if that is possible, else by waiting.
    web::Response respond(const web::Request& to) {
        if (auto response = service().answer_at_once(to)) {
            return std::move(*response);
        }
        return run(context, service().answer(to));
    }

    web::Response ask(std::string_view target, Fields fields = {}) { return respond(request(target, fields)); }

    web::Response ask(web::Method method, std::string_view name, std::string_view target, Fields fields = {}) {
        auto made = request(target, fields);
        made.method = method;
        made.method_name = name;
        return respond(made);
    }

    static std::string text_of(const web::Response& response) { return std::string(as_text(response.body.view())); }

    /// The content of a gzip answer.
    static std::string gunzipped(const web::Response& response) {
        const auto member = response.body.view();
        if (member.size() < zip::gzip_header_size + zip::gzip_trailer_size) {
            ADD_FAILURE() << "no gzip member: " << text_of(response);
            return {};
        }
        Cursor trailer(member.last(zip::gzip_trailer_size));
        const auto crc32 = trailer.u32();
        std::vector<std::byte> content(trailer.u32());
        zip::Inflater inflater;
        const auto inflated = inflater.inflate_into(zip::deflate_data(member), content);
        EXPECT_TRUE(inflated) << inflated.error();
        EXPECT_EQ(crc32, zip::crc32(content));
        return std::string(as_text(content));
    }

    MetatileScheme scheme;
    KeyPattern keys{KeyLayout::no_hash, "", "all"};
    std::optional<Tapalcatl2Scheme> landcover_scheme;  ///< unset: there is no land cover
    source::TilesetDescription description;            ///< of the tileset "vector"
    service::TilesetPolicy policy;                     ///< of all tilesets
    service::Options settings;

 private:
    std::unique_ptr<service::Service> service_;
};

/// Text that compresses.
inline std::string tile_text(std::string_view what) {
    std::string text;
    for (int i = 0; i < 50; ++i) {
        text.append("a tile: ").append(what).append("\n");
    }
    return text;
}

}  // namespace tapalcatl::tests
