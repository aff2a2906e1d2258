//! The report as JSON. Times are in seconds.

use std::time::Duration;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::{DatabaseHealth, Health, LoopHealth, NotReady, SubscriptionHealth, SubscriptionStatus};

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Health", 7)?;
        object.serialize_field("live", &self.is_live())?;
        object.serialize_field("ready", &self.is_ready())?;
        object.serialize_field("not_ready", &self.not_ready)?;
        object.serialize_field("loops", &self.loops)?;
        object.serialize_field("database", &self.database)?;
        object.serialize_field("subscriptions", &self.subscriptions)?;
        object.serialize_field("writes", &self.writes)?;
        object.end()
    }
}

impl Serialize for LoopHealth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("LoopHealth", 3)?;
        object.serialize_field("name", self.name)?;
        object.serialize_field("turning", &self.turning)?;
        object.serialize_field("since_turn", &seconds(self.since_turn))?;
        object.end()
    }
}

impl Serialize for SubscriptionHealth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("SubscriptionHealth", 3)?;
        object.serialize_field("manager", self.manager)?;
        object.serialize_field("status", &self.status)?;
        object.serialize_field("lease_age", &seconds(self.lease_age))?;
        object.end()
    }
}

impl Serialize for NotReady {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for DatabaseHealth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for SubscriptionStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| time.as_secs_f64())
}
