#include "engine/session_texts.h"

namespace millrace::engine {
namespace {

constexpr SessionTexts k116 = {
    .ok = "Execute statement succeed.",
    .set_key = "Session property has been set.",
    .reset_key = "Session property has been reset.",
    .reset_all = "All session properties have been set to their default values.",
    .remove_jar = "The specified jar is removed from session classloader.",
    .begin_statement_set = "Begin a statement set.",
    .add_to_statement_set = "Add SQL update statement to the statement set.",
    .empty_statement_set = "No statement in the statement set, skip submit.",
    .only_insert_in_set = "Only INSERT statement is allowed in Statement Set.",
    .end_without_begin = "No Statement Set to submit, \"END;\" command should be used after \"BEGIN STATEMENT SET;\".",
    .insert_submitting = "Submitting SQL update statement to the cluster...",
    .insert_submitted = "SQL update statement has been successfully submitted to the cluster:",
    .insert_sync_submitting = "Submitting SQL update statement to the cluster...",
    .insert_sync_waiting = "Execute statement in sync mode. Please wait for the execution finish...",
    .insert_sync_complete = "Complete execution of the SQL update statement.",
    .quit = "Exiting Flink SQL CLI Client...",
};

constexpr SessionTexts k120 = {
    .ok = "Execute statement succeeded.",
    .set_key = "Execute statement succeeded.",
    .reset_key = "Execute statement succeeded.",
    .reset_all = "Execute statement succeeded.",
    .remove_jar = "Execute statement succeeded.",
    .begin_statement_set = "Execute statement succeeded.",
    .add_to_statement_set = "Execute statement succeeded.",
    .empty_statement_set = "Execute statement succeeded.",
    .only_insert_in_set =
        "Only 'INSERT/CREATE TABLE AS' statement is allowed in Statement Set or use 'END' statement to submit "
        "Statement Set.",
    .end_without_begin = "No Statement Set to submit. 'END' statement should be used after 'BEGIN STATEMENT SET'.",
    .insert_submitting = "Submitting SQL update statement to the cluster...",
    .insert_submitted = "SQL update statement has been successfully submitted to the cluster:",
    .insert_sync_submitting = "",
    .insert_sync_waiting = "",
    .insert_sync_complete = "Complete execution of the SQL update statement.",
    .quit = "Exiting Flink SQL CLI Client...",
};

}  // namespace

const SessionTexts& TextsOf(FlinkVersion version) { return version == FlinkVersion::k1_16 ? k116 : k120; }

}  // namespace millrace::engine
