//! Settings from all their places, with everything that can be wrong about them.

use super::*;

const KEY: &str = "ck1_Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLWtleSE";
const OTHER_KEY: &str = "ck1_QW5vdGhlci1rZXktdGhhdC1pcy1ub3QtYS1rZXktISE";

/// A start of the program: what is in its folder, its environment and its flags.
struct Start {
    folder: tempfile::TempDir,
    inputs: Inputs,
}

impl Start {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([("HOME".into(), folder.path().join("home").display().to_string())]);
        let inputs = Inputs { folder: folder.path().into(), environment, ..Inputs::default() };
        Self { folder, inputs }
    }

    fn file(self, text: &str) -> Self {
        std::fs::write(self.folder.path().join("concord.toml"), text).unwrap();
        self
    }

    fn env(mut self, words: &[(&str, &str)]) -> Self {
        self.inputs.environment.extend(words.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        self
    }

    fn flag(mut self, name: &str, value: &str) -> Self {
        self.inputs.flags.given.insert(name.into(), value.into());
        self
    }

    fn read(&self) -> Result<Config, Faults> {
        Config::read(&self.inputs)
    }

    fn config(&self) -> Config {
        self.read().unwrap()
    }

    /// The faults, without this test's folder in them.
    fn faults(&self) -> Vec<String> {
        let folder = self.folder.path().display().to_string();
        self.read().map(drop).unwrap_err().0.iter().map(|fault| fault.replace(&folder, "DIR")).collect()
    }
}

#[test]
fn nothing_has_to_be_set() {
    let start = Start::new();
    let config = start.config();
    let dir = start.folder.path().join("home/.local/share/concord");
    assert_eq!(config.server.listen, "127.0.0.1:8440".parse().unwrap());
    assert_eq!(config.data.dir, dir);
    assert_eq!(config.data.database_url.expose_secret(), format!("sqlite://{}/concord.db", dir.display()));
    assert!(matches!(&config.keys, Keys::MakeIn(path) if *path == dir.join("master.key")));
    assert!(config.google.client.is_none() && config.allow_internal.is_empty() && config.notes.is_empty());
    assert_eq!(config.google.api_url.as_str(), "https://www.googleapis.com/calendar/v3");
    assert_eq!(config.timing.lease, SignedDuration::from_mins(2));
    assert_eq!((config.role, config.clock_offset), (Role::All, SignedDuration::ZERO));
    assert_eq!(config.logs, Logs { filter: "info".into(), format: LogFormat::Text });
}

#[test]
fn microsoft_signs_in_whoever_its_tenant_says() {
    let config = Start::new().env(&[("CONCORD_MICROSOFT_TENANT", "organizations")]).config();
    let login = "https://login.microsoftonline.com/organizations/oauth2/v2.0";
    assert_eq!(config.microsoft.authorize_url.as_str(), format!("{login}/authorize"));
    assert_eq!(config.microsoft.token_url.as_str(), format!("{login}/token"));
    assert!(config.microsoft.client.is_none() && config.microsoft.counts);
    let emulated = Start::new().env(&[
        ("CONCORD_MICROSOFT_CLIENT_ID", "id"),
        ("CONCORD_MICROSOFT_GRAPH_URL", "http://127.0.0.1:9/v1.0/"),
        ("CONCORD_MICROSOFT_TOKEN_URL", "http://127.0.0.1:9/common/oauth2/v2.0/token"),
    ]);
    let microsoft = emulated.config().microsoft;
    assert_eq!(microsoft.graph_url.as_str(), "http://127.0.0.1:9/v1.0");
    assert!(microsoft.client.unwrap().secret.is_none() && !microsoft.counts);
    for odd in ["a/b", "", "..", "a b"] {
        let start = Start::new().flag("microsoft_tenant", odd);
        assert_eq!(start.read().is_ok(), odd.is_empty(), "{odd}");
    }
    let secret_alone = Start::new().env(&[("CONCORD_MICROSOFT_CLIENT_SECRET", "s")]);
    assert!(secret_alone.faults()[0].starts_with("CONCORD_MICROSOFT_CLIENT_ID: is missing"));
}

#[test]
fn notion_needs_nothing_and_signs_people_in_with_both_halves_of_a_client() {
    let notion = Start::new().config().notion;
    assert!(notion.client.is_none() && notion.webhook_token.is_none() && notion.counts);
    assert_eq!(notion.token_url.as_str(), "https://api.notion.com/v1/oauth/token");
    let emulated = Start::new().env(&[
        ("CONCORD_NOTION_CLIENT_ID", "id"),
        ("CONCORD_NOTION_CLIENT_SECRET", "s"),
        ("CONCORD_NOTION_API_URL", "http://127.0.0.1:9/v1/"),
    ]);
    let notion = emulated.config().notion;
    assert_eq!(notion.api_url.as_str(), "http://127.0.0.1:9/v1");
    assert!(notion.client.is_some() && !notion.counts);
    for (half, other) in [("CLIENT_ID", "CLIENT_SECRET"), ("CLIENT_SECRET", "CLIENT_ID")] {
        let alone = Start::new().env(&[(&format!("CONCORD_NOTION_{half}"), "x")]);
        assert!(alone.faults()[0].starts_with(&format!("CONCORD_NOTION_{other}: is missing")));
    }
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let start = Start::new().file("poll_min = \"1s\"\npoll_max = \"2s\"\nlease = \"3s\"");
    let start = start.env(&[("CONCORD_POLL_MAX", "20s"), ("CONCORD_LEASE", "30s")]).flag("lease", "300s");
    let timing = start.config().timing;
    assert_eq!([timing.poll_min, timing.poll_max, timing.lease].map(|d| d.as_secs()), [1, 20, 300]);

    let config = start.config();
    let origin =
        |name: &str| config.in_force().iter().find(|s| s.setting.name == name).unwrap().origin.to_string();
    let file = start.folder.path().join("concord.toml").display().to_string();
    assert_eq!(
        ["poll_min", "poll_max", "lease", "role"].map(origin),
        [&*file, "environment", "flag", "default"]
    );
}

#[test]
fn a_named_file_is_read_in_place_of_the_usual_one() {
    let mut start = Start::new().file("role = \"api\"");
    let other = start.folder.path().join("other.toml");
    std::fs::write(&other, "log = \"debug\"").unwrap();
    start.inputs.flags.config = Some(other);
    assert_eq!((start.config().role, start.config().logs.filter.as_str()), (Role::All, "debug"));
    start.inputs.flags.config = Some(start.folder.path().join("missing.toml"));
    assert_eq!(start.faults(), ["DIR/missing.toml: cannot be read: No such file or directory (os error 2)"]);
}

#[test]
fn an_empty_value_is_none() {
    let start =
        Start::new().file("role = \"api\"").env(&[("CONCORD_ROLE", ""), ("CONCORD_GOOGLE_CLIENT_ID", " ")]);
    assert_eq!(start.config().role, Role::Api);
    assert!(start.config().google.client.is_none());
}

#[test]
fn all_faults_are_told_together_each_with_its_place() {
    let start = Start::new()
        .file("listen = \"localhost\"\nlisten_port = \"1\"\nlease = true\nallow_internal = [\"a b\", \"10.0.0.0/99\"]")
        .env(&[("CONCORD_POLL_MIN", "2h"), ("CONCORD_BACKOFF_BASE", "soon"), ("CONCORD_PUBLIC_URL", "example.org")])
        .env(&[("CONCORD_GOOGLE_CLIENT_ID", "id"), ("CONCORD_DATABASE_URL", "mysql://u:s3cr3t@h/d")])
        .env(&[("CONCORD_MASTER_KEY", "s3cr3t"), ("CONCORD_LOG", "a=b=c")])
        .flag("role", "boss");
    let mut faults = start.faults();
    faults.sort();
    expect_test::expect![[r#"
        --role: "boss" is none of all, api, worker
        CONCORD_BACKOFF_BASE: "soon" is not a duration; write a number with its unit, such as 500ms, 30s, 15m, 1h30m or 8d
        CONCORD_DATABASE_URL: the value has to be sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE
        CONCORD_GOOGLE_CLIENT_SECRET: is missing, while google_client_id is set; Google shows it with the client, at https://console.cloud.google.com/auth/clients
        CONCORD_LOG: "a=b=c" is not a log filter; write a level (error, warn, info, debug) or levels by part, such as info,concord_net=debug
        CONCORD_MASTER_KEY: a value is not a master key; `concord keys new` prints one
        CONCORD_POLL_MAX: 1m is shorter than poll_min (2h)
        CONCORD_PUBLIC_URL: "example.org" is not usable as a web address: write it whole, such as https://calendar.example.org
        allow_internal in DIR/concord.toml: "10.0.0.0/99" is neither a host name nor a network such as 10.0.0.0/8
        allow_internal in DIR/concord.toml: "a b" is neither a host name nor a network such as 10.0.0.0/8
        lease in DIR/concord.toml: write the value in quotes
        listen in DIR/concord.toml: "localhost" is not an address with a port; write one such as 127.0.0.1:8440
        listen_port in DIR/concord.toml is not a setting"#]]
    .assert_eq(&faults.join("\n"));
}

#[test]
fn a_mistyped_setting_is_told_with_what_was_meant() {
    assert_eq!(
        Start::new().file("pol_min = \"1s\"").faults(),
        ["pol_min in DIR/concord.toml is not a setting; poll_min is"]
    );
    // The environment is shared with other programs, so there it is only noted.
    let notes =
        Start::new().env(&[("CONCORD_PUBLIC_ULR", "x"), ("CONCORD_TEST_POSTGRES", "y")]).config().notes;
    assert_eq!(
        notes,
        [
            "CONCORD_PUBLIC_ULR is not a setting; CONCORD_PUBLIC_URL is",
            "CONCORD_TEST_POSTGRES is not a setting"
        ]
    );
}

#[test]
fn a_broken_file_is_told_by_its_line_and_not_by_what_is_in_it() {
    let faults = Start::new().file("role = \"api\"\nmaster_key = \"s3cr3t\nlog = \"info\"").faults();
    assert!(
        faults[0].starts_with("DIR/concord.toml, line 2: ") && !faults[0].contains("s3cr3t"),
        "{faults:?}"
    );
}

#[test]
fn one_value_is_not_a_list_and_a_list_may_be_one_value() {
    assert_eq!(
        Start::new().file("role = [\"api\", \"all\"]").faults(),
        ["role in DIR/concord.toml: takes one value, not a list"]
    );
    for file in ["allow_internal = \"a, 10.0.0.0/8\"", "allow_internal = [\"a\", \"10.0.0.0/8\"]"] {
        assert_eq!(Start::new().file(file).config().allow_internal.len(), 2, "{file}");
    }
    let allow = Start::new().env(&[("CONCORD_ALLOW_INTERNAL", "a,10.0.0.0/8,")]).config().allow_internal;
    assert_eq!(allow.len(), 2);
}

#[test]
fn the_master_key_comes_from_a_value_or_a_file_never_both() {
    let keys = |start: &Start| match start.config().keys {
        Keys::Given(keys) => keys.iter().map(|key| key.expose_secret().to_owned()).collect::<Vec<_>>(),
        Keys::MakeIn(path) => panic!("would make {}", path.display()),
    };
    let both = format!("{KEY},{OTHER_KEY}");
    assert_eq!(keys(&Start::new().env(&[("CONCORD_MASTER_KEY", &both)])), [KEY, OTHER_KEY]);

    let start = Start::new();
    let file = start.folder.path().join("keys");
    std::fs::write(&file, format!("# newest first\n{OTHER_KEY}\n\n{KEY}\n")).unwrap();
    let start = start.env(&[("CONCORD_MASTER_KEY_FILE", &file.display().to_string())]);
    assert_eq!(keys(&start), [OTHER_KEY, KEY]);
    assert_eq!(
        start.env(&[("CONCORD_MASTER_KEY", KEY)]).faults(),
        ["CONCORD_MASTER_KEY_FILE: master_key is given as well; give one of the two"]
    );

    let twice = format!("{KEY},{KEY}");
    let start = Start::new().env(&[("CONCORD_MASTER_KEY", &twice)]);
    assert_eq!(start.faults(), ["CONCORD_MASTER_KEY: the same key is given twice"]);
}

#[test]
fn a_key_that_was_made_is_found_again_and_a_named_file_must_be_there() {
    let start = Start::new();
    let dir = start.config().data.dir;
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("master.key"), KEY).unwrap();
    assert!(matches!(start.config().keys, Keys::Given(keys) if keys.len() == 1));
    std::fs::write(dir.join("master.key"), "s3cr3t").unwrap();
    assert_eq!(
        start.faults(),
        [
            "CONCORD_MASTER_KEY_FILE: DIR/home/.local/share/concord/master.key holds a line that is no master key; `concord keys new` prints one"
        ]
    );

    let start = Start::new().flag("master_key_file", "/nowhere/key");
    assert_eq!(
        start.faults(),
        ["--master-key-file: /nowhere/key cannot be read: No such file or directory (os error 2)"]
    );
}

#[test]
fn data_goes_where_the_system_keeps_it_unless_told() {
    let start = Start::new().env(&[("XDG_DATA_HOME", "/x")]);
    assert_eq!(start.config().data.dir, Path::new("/x/concord"));
    assert_eq!(start.env(&[("CONCORD_DATA_DIR", "here")]).config().data.dir, Path::new("here"));

    let mut homeless = Start::new();
    homeless.inputs.environment.clear();
    assert_eq!(
        homeless.faults(),
        ["CONCORD_DATA_DIR: there is no home folder to put data in; name a folder"]
    );
    let start = Start::new().file("role = \"all\"");
    let file = start.folder.path().join("concord.toml").display().to_string();
    assert_eq!(start.flag("data_dir", &file).faults(), ["--data-dir: DIR/concord.toml is not a folder"]);
}

#[test]
fn the_public_address_is_where_we_listen_unless_told() {
    let check = |listen: &str, bound: &str, expected: &str| {
        let server = Start::new().flag("listen", listen).config().server;
        assert_eq!(server.public_url(bound.parse().unwrap()).as_str(), expected);
    };
    check("127.0.0.1:0", "127.0.0.1:4711", "http://127.0.0.1:4711/");
    check("0.0.0.0:8440", "0.0.0.0:8440", "http://127.0.0.1:8440/");
    check("[::]:8440", "[::]:8440", "http://[::1]:8440/");
    let start = Start::new().flag("public_url", "https://calendar.example.org/x");
    assert_eq!(
        start.config().server.public_url("127.0.0.1:1".parse().unwrap()).as_str(),
        "https://calendar.example.org/x"
    );
}

#[test]
fn an_address_that_others_can_read_along_is_noted() {
    let notes = |name: &str, url: &str| Start::new().flag(name, url).config().notes.len();
    assert_eq!(notes("public_url", "http://calendar.lan"), 1);
    assert_eq!(notes("public_url", "http://127.0.0.1:8440"), 0);
    assert_eq!(notes("google_token_url", "http://twins:9001/token"), 1);
    assert_eq!(notes("google_token_url", "http://127.0.0.1:9001/token"), 0);
}

#[test]
fn every_documented_setting_is_read_and_no_other() {
    let config = Start::new().config();
    let read: Vec<_> = config.in_force().iter().map(|shown| shown.setting.name).collect();
    assert_eq!(read, settings().iter().map(|setting| setting.name).collect::<Vec<_>>());
}

#[test]
fn bm_094_nothing_starts_with_half_a_secret_or_one_of_a_wrong_form() {
    let check = |environment: &[(&str, &str)], setting: &str| {
        let faults = Start::new().env(environment).faults();
        assert!(faults.len() == 1 && faults[0].starts_with(setting), "{environment:?}: {faults:?}");
    };
    let id = ("CONCORD_GOOGLE_CLIENT_ID", "id");
    for none in ["", " "] {
        check(&[id, ("CONCORD_GOOGLE_CLIENT_SECRET", none)], "CONCORD_GOOGLE_CLIENT_SECRET");
    }
    check(&[("CONCORD_GOOGLE_CLIENT_SECRET", "s")], "CONCORD_GOOGLE_CLIENT_ID");
    for wrong in ["s", "ck1_", "ck1_Zm9v", "{}", "ck2_Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLWtleSE"] {
        check(&[("CONCORD_MASTER_KEY", wrong)], "CONCORD_MASTER_KEY");
    }
    // Without a key there is one all the same: nothing is ever kept in clear.
    assert!(matches!(Start::new().env(&[("CONCORD_MASTER_KEY", "")]).config().keys, Keys::MakeIn(_)));
}

#[test]
fn what_is_shown_holds_no_secret() {
    let start = Start::new()
        .env(&[
            ("CONCORD_MASTER_KEY", OTHER_KEY),
            ("CONCORD_GOOGLE_CLIENT_ID", "id"),
            ("CONCORD_GOOGLE_CLIENT_SECRET", "s3cr3t"),
        ])
        .env(&[("CONCORD_DATABASE_URL", "postgres://u:s3cr3t@db/concord?password=s3cr3t")]);
    let config = start.config();
    let shown = |name: &str| {
        config.in_force().iter().find(|s| s.setting.name == name).unwrap().value.clone().unwrap()
    };
    assert_eq!(shown("master_key"), "(set)");
    assert_eq!(shown("google_client_secret"), "(set)");
    assert_eq!(shown("google_client_id"), "id");
    assert_eq!(shown("database_url"), "postgres://u:…@db/concord");
    let all = format!("{config:?}");
    assert!(!all.contains("s3cr3t") && !all.contains(OTHER_KEY), "{all}");
}

#[test]
fn the_example_values_are_good_values() {
    // Uncommented, the file is what an operator starts from. The one file that it names does not exist here.
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| rest.contains(" = ") && !rest.starts_with(' '))
                .unwrap_or(line)
        })
        .filter(|line| !line.starts_with("master_key_file"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = Start::new().file(&uncommented).config();
    assert_eq!(config.allow_internal.len(), 2);
    assert!(config.google.client.is_some() && matches!(config.keys, Keys::Given(_)));
    assert!(config.in_force().iter().all(|shown| shown.value.is_some() && shown.origin != Origin::Default
        || shown.setting.name == "master_key_file"));
}

/// `make gen` writes the page anew.
#[test]
fn the_reference_page_is_the_one_in_docs() {
    expect_test::expect_file!["../../../../docs/configuration.md"].assert_eq(&reference());
}
