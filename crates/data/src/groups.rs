//! Rows of a batch by the group that each belongs to.

/// The places of a batch's rows, group by group, in ascending order in each.
#[derive(Clone, Debug)]
pub struct Groups {
    /// Where each group begins, and where the last one ends.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Groups {
    /// Of rows whose groups have these numbers, each below `count`.
    pub fn new(codes: &[u32], count: usize) -> Self {
        let mut starts = vec![0_u32; count + 1];
        for &code in codes {
            starts[code as usize + 1] += 1;
        }
        for group in 0..count {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut places = vec![0; codes.len()];
        for (row, &code) in codes.iter().enumerate() {
            let at = &mut next[code as usize];
            places[*at as usize] = row as u32;
            *at += 1;
        }
        Self { starts, places }
    }

    /// Groups that have rows, with the places of those.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let groups = self.starts.windows(2).enumerate();
        groups
            .map(|(group, ends)| (group, &self.places[ends[0] as usize..ends[1] as usize]))
            .filter(|(_, places)| !places.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_group_ascend_and_empty_groups_are_passed_over() {
        let groups = Groups::new(&[2, 0, 2, 4], 5);
        let all: Vec<(usize, Vec<u32>)> = groups.iter().map(|(g, p)| (g, p.to_vec())).collect();
        assert_eq!(all, [(0, vec![1]), (2, vec![0, 2]), (4, vec![3])]);
        assert_eq!(Groups::new(&[], 0).iter().count(), 0);
    }
}
