-- The carrier's words for a piece of news are looked up by its order; whose news it is, by the channel it names.
CREATE INDEX porting_callbacks_order ON porting_callbacks (port_order_id);
CREATE INDEX porting_callbacks_channel ON porting_callbacks ((body ->> 'channelId'));
