//! How calendars are found, how people sign in, how answers are written.

use serde::{Deserialize, Serialize};

choice! {
    /// What is found at `/.well-known/caldav`.
    WellKnown {
        /// A redirect.
        #[default]
        Redirect,
        /// Nothing.
        Absent,
        /// A page for browsers, with 200.
        Page,
        /// A redirect to itself.
        Loop,
    }
}

choice! {
    /// How a redirect names its target.
    Target {
        /// A path.
        #[default]
        Relative,
        /// A whole URL.
        Absolute,
        /// The same path on the partition's host.
        Partition,
    }
}

choice! {
    /// What a partition answers that a person's calendars have moved away from.
    Left {
        /// 404.
        #[default]
        NotFound,
        /// A redirect to where they are.
        Redirect,
        /// 503.
        Unavailable,
        /// 403.
        Forbidden,
    }
}

switches! {
    /// How calendars are found.
    Discovery {
        /// The path that the well-known address leads to.
        root: String = "/dav/".to_owned(),
        /// Where people are; `{user}`, `{number}` and `{address}` stand for whose.
        principal: String = "/dav/principals/{user}/".to_owned(),
        /// Where their calendars are.
        home: String = "/dav/calendars/{user}/".to_owned(),
        /// Where calendars are in a second home.
        second_home: Option<String> = None,
        /// What is found at the well-known address.
        well_known: WellKnown = WellKnown::Redirect,
        /// The status of that redirect.
        well_known_status: u16 = 301,
        /// The form of its target.
        well_known_target: Target = Target::Relative,
        /// The homes are on another host than the rest.
        home_on_partition: bool = false,
        /// The homes are named with their port, even where it is the usual one.
        home_with_port: bool = false,
        /// What the partition answers that they have left.
        left_partition: Left = Left::NotFound,
        /// A PROPFIND of the root is redirected to the partition, with this status.
        root_redirect: Option<u16> = None,
        /// A collection that is called without its last slash is redirected, with this status.
        slash_redirect: Option<u16> = None,
        /// PROPFIND of a principal with Depth 1 is refused with 400.
        no_principal_depth_one: bool = false,
        /// Whether people have addresses in calendar-user-address-set.
        addresses: bool = true,
        /// An inbox, an outbox and a collection of notifications stand beside the calendars.
        scheduling_collections: bool = false,
        /// A home lists files beside the calendars: the same as `.ics` and `.xml`.
        siblings: bool = false,
        /// A subscribed calendar says that it is a calendar, and is empty.
        subscribed_is_calendar: bool = false,
        /// Whether people can be searched for.
        principal_search: bool = true,
        /// `allprop` leaves resourcetype out.
        bare_allprop: bool = false,
        /// supported-calendar-component-set, the privileges, and which reports there are, are not told.
        terse: bool = false,
    }
}

choice! {
    /// What a 401 offers.
    Challenge {
        /// Basic.
        #[default]
        Basic,
        /// Nothing.
        None,
        /// A token of the provider's own, and Basic.
        Two,
        /// Digest alone; Basic is not accepted.
        Digest,
    }
}

choice! {
    /// By which names people sign in.
    Usernames {
        /// By their short name or their address.
        #[default]
        Any,
        /// By their address alone.
        Address,
        /// By their short name alone.
        Short,
    }
}

switches! {
    /// How people sign in.
    Signin {
        /// What a 401 offers.
        challenge: Challenge = Challenge::Basic,
        /// By which names.
        usernames: Usernames = Usernames::Any,
        /// The password of the account itself is refused; only one made for an application is good.
        app_passwords_only: bool = false,
        /// PROPFIND without a sign-in is answered: nobody is signed in, and there is nothing to see.
        anonymous: bool = false,
        /// Who gives no name is this person, except that nobody is told who that is: to ask for it is to be asked for a name
        /// (Radicale without sign-in).
        everybody: Option<String> = None,
        /// After so many wrong passwords within ten minutes the answer is 429, to everybody.
        bad_logins: Option<u32> = None,
    }
}

choice! {
    /// How namespaces are written.
    Namespaces {
        /// With prefixes that the root declares.
        #[default]
        Prefixed,
        /// As default namespaces, where they change.
        Default,
        /// As default namespaces, on every element.
        Repeated,
    }
}

choice! {
    /// The form of hrefs.
    Hrefs {
        /// A path.
        #[default]
        Path,
        /// A whole URL.
        Absolute,
        /// A whole URL with its port.
        WithPort,
    }
}

choice! {
    /// What is percent-encoded in an href.
    Escapes {
        /// What has to be.
        #[default]
        Bare,
        /// All but letters, digits and `-._~`.
        Strict,
        /// The same, with small letters.
        Lower,
    }
}

switches! {
    /// How answers are written.
    Wire {
        /// How namespaces are written.
        namespaces: Namespaces = Namespaces::Prefixed,
        /// Calendar data stands in CDATA.
        cdata: bool = false,
        /// The form of hrefs.
        hrefs: Hrefs = Hrefs::Path,
        /// What is percent-encoded in them.
        escapes: Escapes = Escapes::Bare,
        /// multiget answers with hrefs as they were asked for, not as they are listed.
        hrefs_as_asked: bool = false,
        /// Good properties are followed by a second propstat with 404 and empty copies of some.
        empty_propstat: bool = false,
        /// The status in a propstat is empty where it would be 200.
        empty_status: bool = false,
        /// Lists come in no order that means anything.
        scattered: bool = false,
        /// The href of a name with a colon is that name alone.
        colons_lose_path: bool = false,
        /// Names with a percent sign are not listed.
        percents_vanish: bool = false,
        /// PROPFIND of what is not there is answered with 207, and 404 in it.
        missing_as_207: bool = false,
        /// XML without a Content-Type of XML is refused with 415.
        content_type_required: bool = false,
        /// What the header Server says.
        server: Option<String> = None,
        /// Paths that lead nowhere are answered with 400 and a page.
        html_errors: bool = false,
    }
}
