-- Where an account is and what can be done there, for providers that are not in one place. No secret is in it.
ALTER TABLE accounts ADD COLUMN site TEXT;
