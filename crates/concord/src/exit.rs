//! How a command ends, for the scripts that call it.

use std::process::{ExitCode, Termination};

/// What a command's exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It is done, and everything agrees.
    Agrees = 0,
    /// Something needs a person: a conflict, a brake, an item that a provider rejected.
    NeedsPerson = 1,
    /// The command or a setting was wrong; nothing was done.
    Usage = 2,
    /// A provider or the network is in trouble, or time ran out; it will succeed later by itself.
    Later = 3,
}

impl Exit {
    /// Returns the ending of two things done one after the other. What a person must do comes before what time will do,
    /// since only the first needs telling.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        [Self::Usage, Self::NeedsPerson, Self::Later]
            .into_iter()
            .find(|exit| self == *exit || other == *exit)
            .unwrap_or(Self::Agrees)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_endings_the_one_that_needs_a_person_is_told() {
        let check = |exits: &[Exit], expected| {
            assert_eq!(exits.iter().copied().fold(Exit::Agrees, Exit::and), expected, "{exits:?}");
        };
        check(&[], Exit::Agrees);
        check(&[Exit::Later, Exit::Agrees], Exit::Later);
        check(&[Exit::Later, Exit::NeedsPerson, Exit::Agrees], Exit::NeedsPerson);
        check(&[Exit::NeedsPerson, Exit::Usage], Exit::Usage);
    }

    #[test]
    fn the_codes_are_the_documented_ones() {
        assert_eq!(
            [Exit::Agrees, Exit::NeedsPerson, Exit::Usage, Exit::Later].map(|exit| exit as u8),
            [0, 1, 2, 3]
        );
    }
}
