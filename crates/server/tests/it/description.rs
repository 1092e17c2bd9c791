//! The description of the API is what is kept in `openapi.json`, where it is read like code when it changes.

use expect_test::expect_file;

#[test]
fn openapi_json_says_what_the_code_does() {
    expect_file!["../../../../openapi.json"].assert_eq(&concord_server::openapi::document());
}
