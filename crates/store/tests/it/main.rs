//! The contract of the store: one suite, for each database.
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod world;

mod accounts;
mod alerts;
mod backup;
mod budgets;
mod channels;
mod conflicts;
mod events;
mod files;
mod forms;
mod front_door;
mod leases;
mod links;
mod mappings;
mod odd;
mod people;
mod plans;
mod runs;
mod schema;
mod secrets;
mod statements;
mod transactions;

use world::Kind;

/// Makes a test of each promise, on one database.
macro_rules! on {
    ($name:ident, $kind:expr, [$($module:ident { $($promise:ident)* })*]) => {
        mod $name {
            $(mod $module {
                $(#[test]
                fn $promise() {
                    crate::world::keeps($kind, crate::$module::$promise);
                })*
            })*
        }
    };
}

/// Promises of every database.
macro_rules! contract {
    ($($list:tt)*) => {
        on!(sqlite_file, crate::Kind::File, [$($list)*]);
        on!(sqlite_memory, crate::Kind::Memory, [$($list)*]);
        on!(postgres, crate::Kind::Postgres, [$($list)*]);
    };
}

/// Promises of databases that several can open.
macro_rules! shared_contract {
    ($($list:tt)*) => {
        on!(shared_sqlite_file, crate::Kind::File, [$($list)*]);
        on!(shared_postgres, crate::Kind::Postgres, [$($list)*]);
    };
}

contract! {
    schema {
        migrating_again_changes_nothing
        every_statement_is_understood
    }
    transactions {
        what_is_not_committed_never_was
        a_dropped_future_leaves_the_pool_clean
        a_cancelled_begin_leaves_the_pool_clean
        a_missing_reference_is_not_found
    }
    alerts {
        mo_2_an_alert_is_opened_once_told_anew_and_resolved_once
    }
    people {
        users_come_back_as_they_were
        an_address_belongs_to_one_user
        a_user_is_found_by_address_before_name
        clients_come_back_as_they_were
        a_workspace_sees_only_its_own
        the_default_workspace_is_made_once
        a_workspace_is_called_otherwise
        meta_keeps_the_last_value
        what_is_kept_first_stays
    }
    front_door {
        a_session_lasts_as_long_as_it_is_used
        a_new_password_ends_the_other_sessions
        a_revoked_key_opens_nothing
        a_feed_is_found_by_its_secret_alone_also_when_it_is_revoked
        an_answer_is_given_once_for_each_key_and_user
        a_change_is_heard_once_and_only_when_it_is_so
        a_links_owner_hears_of_it
        many_changes_at_once_are_one
        the_oldest_changes_are_forgotten
    }
    accounts {
        signing_in_again_keeps_the_account
        a_wait_only_grows
        a_state_is_news_once
        a_grant_is_swapped_only_from_its_own_version
        one_refreshes_at_a_time
        of_many_swaps_one_wins
    }
    budgets {
        a_burst_is_given_and_then_one_by_one
        i_48_what_a_wrong_clock_has_spent_counts_for_nothing
        more_than_the_burst_is_given_when_full
    }
    links {
        links_come_back_as_they_were
        a_removed_calendar_comes_back_under_its_id
        a_calendar_is_linked_once
        settings_change_only_from_their_own_revision
        progress_is_kept
    }
    leases {
        each_due_link_is_claimed_once
        a_held_link_is_not_claimed
        the_longest_due_is_claimed_first
        a_link_that_may_not_be_called_is_not_claimed
        a_stale_epoch_changes_nothing
        holding_needs_a_valid_lease
        what_becomes_due_meanwhile_is_due_after
        a_thousand_triggers_are_one
        a_later_trigger_does_not_delay
        edits_let_a_failing_link_rest
        claiming_by_name_makes_due
        an_abandoned_lease_can_be_claimed
        next_due_waits_for_lease_and_account
        of_one_account_four_links_are_worked_on_at_a_time
    }
    events {
        odd_events_come_back_as_they_were
        an_update_needs_its_revision
        an_external_ref_is_unique_in_its_workspace
        a_deleted_event_gives_its_external_ref_free
        pages_neither_skip_nor_repeat
        queries_find_what_they_say
        twins_have_the_same_bounds_and_title
        an_event_concerns_its_people
        history_keeps_what_was
        what_a_run_or_a_link_did_is_found
        a_nul_in_a_text_stops_nothing
    }
    mappings {
        odd_mappings_come_back_as_they_were
        a_copy_is_there_once
        an_ended_copy_makes_room_for_the_next_generation
        touching_makes_pending_or_new
        an_edit_during_a_run_survives_saving
        a_mapping_does_not_move_to_another_link
        settings_make_all_living_ones_pending
        the_window_enqueues_what_is_missing
        listings_stamp_what_they_show
        pages_neither_skip_nor_repeat
        counts_and_retries_tell_how_it_stands
        i_44_only_what_was_compared_is_said_to_agree
        what_enters_the_window_becomes_pending
        old_tombstones_are_forgotten
        what_was_agreed_with_a_removed_link_is_forgotten_in_its_time
        what_is_known_of_a_calendar_that_is_connected_again_is_unseen
        they_are_found_by_external_id
        a_person_releases_and_switches
    }
    conflicts {
        conflicts_come_back_as_they_were
        a_mapping_has_one_open_conflict
        a_conflict_is_resolved_once
        pages_neither_skip_nor_repeat
        unanswered_ones_expire
        losing_values_outlive_the_mapping
        an_answer_makes_the_mapping_due
    }
    runs {
        runs_come_back_with_their_lines
        runs_are_filtered_and_paged
        abandoned_runs_are_closed
    }
    channels {
        channels_come_back_as_they_were
        i_32_what_was_closed_is_not_opened_again_by_a_late_answer
        wh_3_what_a_channel_did_not_tell_of_is_counted_until_it_tells_and_it_is_tested_once
        a_name_is_in_use_once
        closed_ones_are_forgotten
    }
    plans {
        consent_is_used_once
        consent_ends
        a_plan_made_again_keeps_valid_consent
        a_sign_in_is_taken_once
    }
    backup {
        what_was_there_is_there_again
        it_goes_from_one_database_to_the_other
        what_is_restored_is_known_to_be_old
        a_damaged_one_changes_nothing
        one_of_a_later_program_is_refused
        a_database_with_rows_is_not_overwritten_by_mistake
        it_names_the_keys_that_it_needs
    }
    secrets {
        rotation_leaves_nothing_under_the_old_key
        an_interrupted_rotation_is_finished_by_the_next
        a_rotation_leaves_what_it_cannot_open
    }
}

shared_contract! {
    schema {
        a_newer_database_is_refused
        many_may_migrate_at_once
    }
    front_door {
        nothing_is_passed_over
    }
    people {
        of_many_first_starts_one_makes_the_default_workspace
    }
    transactions {
        readers_see_one_moment
        edits_and_runs_do_not_hinder_each_other
    }
    leases {
        each_due_link_is_claimed_once_by_two_nodes
    }
    budgets {
        bm_111_two_pools_share_one_budget
    }
    backup {
        every_table_is_in_it
        it_is_one_moments_picture
        what_belongs_to_others_is_left_alone
        a_lease_of_before_holds_no_longer
    }
    secrets {
        a_sealed_cell_opens_only_in_its_place
    }
}
