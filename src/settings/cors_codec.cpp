#include "settings/setting_codec.hpp"
#include "web/cors.hpp"

#include <utility>

namespace tapalcatl {

SettingCodec cors_origins_codec() {
    return {"ORIGINS",
            "*, or origins as scheme://host or scheme://host:port with commas between them",
            [](std::string_view text, Settings& s) {
                auto origins = web::CorsOrigins::parse(text);
                if (!origins) {
                    return false;
                }
                s.answers.cors_origins = std::move(*origins);
                return true;
            },
            [](const Settings& s) { return s.answers.cors_origins.text(); },
            [](std::string_view text) {
                const auto origins = web::CorsOrigins::parse(text);
                return origins ? std::string() : origins.error().message;
            },
            {.kind = ValueForm::Kind::list}};
}

}  // namespace tapalcatl
