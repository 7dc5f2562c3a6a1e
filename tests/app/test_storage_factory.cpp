#include "app/storage_factory.hpp"
#include "settings/location.hpp"

#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace tapalcatl::app {
namespace {

using testing::HasSubstr;

constexpr std::array groups{SettingGroup::storage, SettingGroup::access};

/// What opening the storage that these settings name comes to.
Result<std::string> opened(const EnvironmentVariables& environment) {
    const auto configuration = configure(groups, {}, environment);
    if (!configuration) {
        return configuration.error();
    }
    const auto& settings = configuration->settings;
    boost::asio::io_context context;
    StorageFactory storages(environment, context);
    const auto location = storage_location(settings);
    if (!location) {
        return location.error();
    }
    const auto storage = storages.open(*location, storage_access(settings));
    if (!storage) {
        return storage.error();
    }
    return (*storage)->name();
}

TEST(StorageFactory, open_a_folder_only_if_it_is_there) {
    const auto folder = std::filesystem::temp_directory_path().string();
    EXPECT_EQ(opened({{"TAPALCATL_STORAGE", "file://" + folder}}).value(), file_url(folder + "/"));

    const auto missing = opened({{"TAPALCATL_STORAGE", "file:///no/such folder"}});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::usage);
    EXPECT_THAT(missing.error().message, HasSubstr("file:///no/such%20folder: No such file"));
    EXPECT_FALSE(opened({{"TAPALCATL_STORAGE", "file:///dev/null"}}));
}

TEST(StorageFactory, take_the_configuration_of_aws) {
    const EnvironmentVariables keys{
        {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"HOME", "/nowhere"}};
    auto environment = keys;
    environment["S3_BUCKET"] = "tiles";
    EXPECT_EQ(opened(environment).value(), "s3://tiles");

    environment["AWS_PROFILE"] = "nobody";
    const auto no_profile = opened(environment);
    ASSERT_FALSE(no_profile);
    EXPECT_EQ(no_profile.error().code, Errc::usage);
    EXPECT_THAT(no_profile.error().message, HasSubstr("nobody"));

    environment.erase("AWS_PROFILE");
    environment["AWS_ENDPOINT_URL_S3"] = "minio:9000";
    EXPECT_EQ(opened(environment).error().code, Errc::usage);

    environment.erase("AWS_ENDPOINT_URL_S3");
    environment.erase("AWS_SECRET_ACCESS_KEY");
    EXPECT_THAT(opened(environment).error().message, HasSubstr("AWS_SECRET_ACCESS_KEY"));
    environment["TAPALCATL_ANONYMOUS"] = "on";
    EXPECT_EQ(opened(environment).value(), "s3://tiles");
}

TEST(StorageFactory, read_the_files_of_aws_once_until_they_are_told_to_forget_them) {
    tests::ScratchFolder home;
    const auto put = [&](const std::string& text) { std::ofstream(home.path() / "config") << text; };
    boost::asio::io_context context;
    StorageFactory storages({{"AWS_CONFIG_FILE", (home.path() / "config").string()},
                             {"HOME", home.path().string()},
                             {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                             {"AWS_SECRET_ACCESS_KEY", "s"}},
                            context);
    put("[default]\nretry_mode\n");
    EXPECT_FALSE(storages.aws({})) << "a line without a value";
    put("[default]\nregion = eu-west-1\n");
    EXPECT_EQ(storages.aws({})->endpoints.region, "eu-west-1") << "what was wrong is read again";
    put("[default]\nregion = us-west-2\n");
    EXPECT_EQ(storages.aws({})->endpoints.region, "eu-west-1");
    storages.forget_aws_files();
    EXPECT_EQ(storages.aws({})->endpoints.region, "us-west-2");
}

}  // namespace
}  // namespace tapalcatl::app
