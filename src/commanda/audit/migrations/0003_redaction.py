from django.db import migrations

# Erasing a client (commanda.privacy) replaces personal values, in a transaction that says so; all else stays refused.
FORWARD = """
CREATE FUNCTION audit_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('commanda.erasing', true) = 'on'
        AND to_jsonb(OLD) - 'changes' - 'reason' = to_jsonb(NEW) - 'changes' - 'reason' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'history is append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER audit_event_append_only ON audit_event;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_guard();
"""
BACK = """
DROP TRIGGER audit_event_append_only ON audit_event;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION commanda_refuse_rewrite();
DROP FUNCTION audit_event_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
