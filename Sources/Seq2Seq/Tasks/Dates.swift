/// Dates from 1970 to 2037 as people write them, to dates as ISO 8601 has them: `27 SEP 1994` is
/// `1994-09-27`.
///
/// The parts have different days, so that the days of the test are new in whatever form.
struct Dates: GeneratedTask {
  /// Years of two digits mean one of these each.
  private static let years = 1970...2037
  private static let days = CalendarDay.all(in: years)

  var lineLimit: Int {
    // A part's share of the lines is its share of the days, of which each can be written in every form.
    10 * GeneratedText.partCounts(Self.days.count)[1] * DateForm.allCases.count
  }

  func lines(
    of counts: [Int], _ generator: inout SeededGenerator
  ) -> [[GeneratedText.Line]] {
    let forms = DateForm.allCases
    var days = Self.days
    generator.shuffle(&days)
    var rest = days[...]
    return zip(counts, GeneratedText.partCounts(days.count)).map { count, dayCount in
      let own = Array(rest.prefix(dayCount))
      rest = rest.dropFirst(dayCount)
      return generator.distinct(count, below: own.count * forms.count).map { index in
        let day = own[index / forms.count]
        return GeneratedText.Line(
          source: forms[index % forms.count].text(of: day), target: day.iso8601)
      }
    }
  }
}
