"""Where devices are found, and how they are reached.

Every source makes the same values, ``Device`` and ``Area``; ``merge`` makes one home of several.
What a source cannot read it says in ``Found.doubts`` and leaves out: nothing is guessed.

household_file.py       a home in a YAML file
mqtt_discovery.py       Home Assistant's discovery over MQTT
discovery_components.py what each of its components can do
zigbee2mqtt.py          what Zigbee2MQTT says that its devices expose
home_assistant.py       areas and entities of a Home Assistant
home_assistant_services.py its services as actions
thing_description.py    W3C Web of Things
looking.py              one look at a broker
merge.py                several sources, one home
channel.py              the port: commands that are confirmed, states, changes
routed.py               several of them as one
isolated.py             what is checked in the sandbox
confirming.py           when a command is done
binding.py              topics and payloads of one device
payload.py              bytes from outside as states
templates.py            the few templates that are understood
found.py                what a source found, and the parts of a device
broker.py               where a broker is
retained.py             what a broker keeps
mqtt.py                 the port over MQTT
home_assistant_live.py  the port over Home Assistant's own interfaces
watching.py             changes for those who watch
"""
