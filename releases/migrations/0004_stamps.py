"""What a list said of a record's last change when its page was last read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0003_room_for_updates")]
    operations = [
        migrations.AddField("record", "stamp", models.CharField(default="", max_length=255)),
        migrations.AddField("record", "read_at", models.DateTimeField(null=True)),
    ]
