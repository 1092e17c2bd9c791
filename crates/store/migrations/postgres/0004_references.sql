-- An event that is deleted gives the platform's own id free; it has it again when it comes back.
UPDATE events SET external_ref = NULL WHERE deleted_at IS NOT NULL;
