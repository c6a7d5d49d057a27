-- What the words of a single complaint tell of that can't wait: medical, safety, discrimination, legal, press; else NULL.
ALTER TABLE verbatims ADD COLUMN gravity VARCHAR;
