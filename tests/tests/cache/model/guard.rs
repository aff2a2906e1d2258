//! The guards of `docs/design/cache.md`.

/// A guard that the model can remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Guard {
    ValidateAtLookup,
    StampBeforeSending,
    JoinWhileValid,
    RowEventInvalidatesItsRow,
    RowEventInvalidatesTheLists,
    RefreshInvalidatesAll,
    ConnectingInvalidatesAll,
    DisconnectingCloses,
    Lease,
    InvalidateWhenTheWriteEnds,
    InvalidateWhenTheCallerIsCancelled,
    DrainBeforeSwitching,
    EndOfTheCredential,
    IdentityChangeEndsTheSubscription,
    SubscriptionOfTheSameIdentity,
    AnswerOfThePresentIdentity,
    // Of lists that look through a reference.
    EpochBehindAReferenceInTheKey,
    EpochBehindAReferenceBeforeSending,
    FreshWithoutAnEpoch,
    OpenBehindAReference,
    LeaseBehindAReference,
    EndOfTheCredentialBehindAReference,
    // On the owner's side.
    AttachBeforeAccepting,
    PublishAfterTheCommit,
    FullQueueBecomesARefresh,
    PongBehindTheEvents,
}
