/// How a date is written.
///
/// Whoever knows the forms can read each one in one way: numbers between slashes have the month first, or
/// the year where it has four digits; between points the day is first; and the years that are meant are
/// those from 1970 to 2037. No two forms, and no two days, give one text.
enum DateForm: CaseIterable {
  case plain, lowercase, weekday, uppercaseWeekday
  case dayFirst, ordinal, ordinalAfterMonth, mail
  case short, uppercaseShort, uppercaseDayFirst, dashes
  case slashes, fullSlashes, yearFirst, points

  /// A day in this form.
  func text(of date: CalendarDay) -> String {
    let (day, month, year) = (date.day, date.monthName, date.year)
    let (shortMonth, shortYear) = (month.prefix(3), twoDigits(year % 100))
    return switch self {
    // September 7, 1994
    case .plain: "\(month) \(day), \(year)"
    // september 7, 1994
    case .lowercase: "\(month) \(day), \(year)".lowercased()
    // Wednesday, September 7, 1994
    case .weekday: "\(date.weekdayName), \(month) \(day), \(year)"
    // WEDNESDAY, SEPTEMBER 7, 1994
    case .uppercaseWeekday: "\(date.weekdayName), \(month) \(day), \(year)".uppercased()
    // 7 September 1994
    case .dayFirst: "\(day) \(month) \(year)"
    // the 7th of September 1994
    case .ordinal: "the \(day)\(Self.ending(of: day)) of \(month) \(year)"
    // September 7th, 1994
    case .ordinalAfterMonth: "\(month) \(day)\(Self.ending(of: day)), \(year)"
    // Wed, 7 Sep 1994
    case .mail: "\(date.weekdayName.prefix(3)), \(day) \(shortMonth) \(year)"
    // Sep 7 1994
    case .short: "\(shortMonth) \(day) \(year)"
    // SEP 7, 1994
    case .uppercaseShort: "\(shortMonth) \(day), \(year)".uppercased()
    // 7 SEP 1994
    case .uppercaseDayFirst: "\(day) \(shortMonth) \(year)".uppercased()
    // 07-Sep-94
    case .dashes: "\(twoDigits(day))-\(shortMonth)-\(shortYear)"
    // 9/7/94
    case .slashes: "\(date.month)/\(day)/\(shortYear)"
    // 09/07/1994
    case .fullSlashes: "\(twoDigits(date.month))/\(twoDigits(day))/\(year)"
    // 1994/9/7
    case .yearFirst: "\(year)/\(date.month)/\(day)"
    // 7.9.1994
    case .points: "\(day).\(date.month).\(year)"
    }
  }

  /// What comes after an ordinal number up to 31: 1st, 22nd, 13th.
  private static func ending(of number: Int) -> String {
    switch (number / 10, number % 10) {
    case (1, _): "th"
    case (_, 1): "st"
    case (_, 2): "nd"
    case (_, 3): "rd"
    default: "th"
    }
  }
}
