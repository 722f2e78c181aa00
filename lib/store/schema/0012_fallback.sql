-- Schema 12: a message whose later channels are for those alone whom the earlier ones did not reach (D10): so many
-- seconds after the one before it a channel's deliveries are looked at; NULL: all channels go alike.
ALTER TABLE message ADD COLUMN fallback_after INTEGER;
