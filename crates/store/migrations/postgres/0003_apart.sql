-- Few copies are settled without being the same on both sides: never compared, left different there, switched off. They
-- are counted from here, and taken from those that are settled (I-44).
CREATE INDEX mappings_apart ON mappings (link_id, state, ended_at)
    WHERE state = 'synced' AND ended_at IS NULL
      AND CASE WHEN event_id IS NULL OR external_id IS NULL THEN FALSE
               ELSE base IS NULL OR observation IS NOT NULL OR NOT enabled END;
