#pragma once

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "doctor/diagnosis.hpp"
#include "doctor/examination.hpp"

#include <string>

namespace tapalcatl::doctor {

/// Whose the credentials are, as STS says. Only AWS's is asked, unless AWS_ENDPOINT_URL_STS names another: keys are
/// nobody else's business. Never a problem: the bucket may be read all the same.
Diagnosis identity_finding(const aws::Credentials& credentials, const aws::Endpoint& endpoint,
                           const std::string& region, net::Client& client, Examination& examination);

}  // namespace tapalcatl::doctor
